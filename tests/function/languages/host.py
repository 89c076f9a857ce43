"""A function whose file system is the machine's own, so that verdicts can be held against its interpreters."""

import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lambda_image_lint.answer import Absent, Answer
from lambda_image_lint.finding import FilePlace
from lambda_image_lint.function.model import Barrier, File, Files, Found, Kind
from tests.function.languages.memory import MemoryFunction


class HostFile(File):
    def __init__(self, path: str) -> None:
        status = os.stat(path)
        self.path = path
        self.kind = Kind.DIRECTORY if stat.S_ISDIR(status.st_mode) else Kind.FILE
        self.mode: Answer[int] = stat.S_IMODE(status.st_mode)
        self.uid: Answer[int] = status.st_uid
        self.gid: Answer[int] = status.st_gid
        self.size: Answer[int] = status.st_size
        self.place = FilePlace(path)

    def read(self, limit: int | None = None) -> Answer[bytes]:
        with open(self.path, "rb") as stream:
            return stream.read(-1 if limit is None else limit)


class HostFiles(Files):
    def find(self, path: str) -> Found:
        real = os.path.realpath(path)
        return HostFile(real) if os.path.exists(real) else Absent(path)

    def link(self, path: str) -> Answer[str | None]:
        return os.readlink(path) if os.path.islink(path) else None

    def under(self, folder: str) -> Answer[tuple[File, ...]]:
        return self.known_under(folder)

    def known_under(self, folder: str) -> tuple[File, ...]:
        if folder == "/":
            return ()
        return tuple(HostFile(str(path)) for path in sorted(Path(folder).rglob("*")) if path.exists())

    def glob(self, pattern: str) -> Answer[tuple[File, ...]]:
        return tuple(
            HostFile(os.path.realpath(path)) for path in sorted(Path("/").glob(pattern.lstrip("/"))) if path.exists()
        )

    def readable(self, path: str) -> Answer[Barrier | None]:
        return None

    def executable(self, path: str) -> Answer[Barrier | None]:
        return None


@dataclass(eq=False)
class HostFunction(MemoryFunction):
    environment: Mapping[str, Answer[str]] = field(default_factory=dict)

    @cached_property
    def files(self) -> Files:
        return HostFiles()


def host_function(folder: Path, entrypoint: tuple[str, ...], handler: str) -> HostFunction:
    """Started in a folder."""
    return HostFunction(entrypoint=entrypoint, command=(handler,), working_dir=str(folder))


def bare_environment(folder: Path) -> str:
    """A virtual environment without any package, of the Python that runs the tests: the path of its interpreter."""
    base = os.path.realpath(sys.executable)
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(base)
    (folder / "pyvenv.cfg").write_text(f"home = {os.path.dirname(base)}\ninclude-system-site-packages = false\n")
    return str(folder / "bin/python")
