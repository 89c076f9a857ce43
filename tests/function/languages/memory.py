"""A function in memory: what it starts, and the files it would see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cached_property
from posixpath import dirname, normpath
from re import match

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.finding import FilePlace, KeyPlace, Place
from lambda_image_lint.function.model import Barrier, File, Files, Found, Function, Kind, NamedBase, RuntimeClient

MADE_ELSEWHERE = Unknown("RUN make install may have written it")


class MemoryFile(File):
    def __init__(self, path: str, content: bytes | None, mode: int = 0o644) -> None:
        self.path = path
        self.kind = Kind.DIRECTORY if content is None else Kind.FILE
        self.mode: Answer[int] = 0o755 if content is None else mode
        self.uid: Answer[int] = 0
        self.gid: Answer[int] = 0
        self.size: Answer[int] = len(content or b"")
        self.place: Place = FilePlace(path)
        self.content = content or b""

    def read(self, limit: int | None = None) -> Answer[bytes]:
        return self.content if limit is None else self.content[:limit]


class UnreadFile(MemoryFile):
    """Its name is known, its content is not."""

    def read(self, limit: int | None = None) -> Answer[bytes]:
        return Unknown(f"the content of {self.path} is not at hand")


class MemoryFiles(Files):
    """`contents`: path → text or bytes, None for a file of unknown content. `unknown`: folders where others may be."""

    def __init__(
        self, contents: Mapping[str, str | bytes | None], links: Mapping[str, str], unknown: tuple[str, ...]
    ) -> None:
        self.links = dict(links)
        self.unknown = unknown
        self.reason = MADE_ELSEWHERE
        self.files: dict[str, MemoryFile] = {"/": MemoryFile("/", None)}
        for path, content in contents.items():
            data = content.encode() if isinstance(content, str) else content
            self.files[path] = MemoryFile(path, data) if data is not None else UnreadFile(path, b"")
        for path in [*contents, *links]:
            while (path := dirname(path)) not in self.files:
                self.files[path] = MemoryFile(path, None)

    def _follow(self, path: str) -> str:
        for _ in range(40):
            parts = normpath(path).split("/")
            for depth in range(2, len(parts) + 1):
                head = "/".join(parts[:depth])
                if head in self.links:
                    target = self.links[head]
                    start = target if target.startswith("/") else f"{dirname(head)}/{target}"
                    path = "/".join([start, *parts[depth:]])
                    break
            else:
                return normpath(path)
        return path

    def find(self, path: str) -> Found:
        path = self._follow(path)
        if path in self.files:
            return self.files[path]
        if any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in self.unknown):
            return self.reason
        return Absent(path)

    def link(self, path: str) -> Answer[str | None]:
        return self.links.get(path)

    def under(self, folder: str) -> Answer[tuple[File, ...]]:
        prefix = folder.rstrip("/") + "/"
        if any(
            other == folder or other.startswith(prefix) or prefix.startswith(other.rstrip("/") + "/")
            for other in self.unknown
        ):
            return self.reason
        return self.known_under(folder)

    def known_under(self, folder: str) -> tuple[File, ...]:
        prefix = self._follow(folder).rstrip("/") + "/"
        return tuple(self.files[path] for path in sorted(self.files) if path.startswith(prefix) and path != prefix)

    def glob(self, pattern: str) -> Answer[tuple[File, ...]]:
        root = pattern.partition("*")[0].rpartition("/")[0] or "/"
        known = self.under(root)
        if isinstance(known, Unknown):
            return known
        regex = translate(pattern.replace("**", "\0")).replace(".*", "[^/]*").replace("\0", ".*")
        return tuple(file for file in known if match(regex, file.path))

    def readable(self, path: str) -> Answer[Barrier | None]:
        return None

    def executable(self, path: str) -> Answer[Barrier | None]:
        return None


@dataclass(eq=False)
class MemoryFunction(Function):
    contents: Mapping[str, str | bytes | None] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    base: NamedBase | None = None
    base_reference: Answer[str | None] = None
    architecture: Answer[str] = "amd64"
    entrypoint: Answer[tuple[str, ...]] = ()
    entrypoint_is_inherited: bool = False
    command: Answer[tuple[str, ...]] = ()
    working_dir: Answer[str] = "/var/task"
    user: Answer[str] = ""
    environment: Mapping[str, Answer[str]] = field(default_factory=dict)
    environment_complete: Answer[bool] = True
    runtime_client: Answer[RuntimeClient | None] = None

    @cached_property
    def files(self) -> Files:
        return MemoryFiles(self.contents, self.links, self.unknown)

    def where(self, aspect: str) -> Place:
        return KeyPlace(f"config.{aspect}")

    def handler_place(self) -> Place:
        return KeyPlace("config.Cmd")


def on_base(
    language: str,
    version: str,
    handler: str,
    contents: Mapping[str, str | bytes | None],
    *,
    unknown: tuple[str, ...] = (),
    environment: Mapping[str, Answer[str]] | None = None,
    links: Mapping[str, str] | None = None,
    working_dir: str = "/var/task",
    runtime: str | None = None,
) -> MemoryFunction:
    """A function on an AWS base image."""
    return MemoryFunction(
        contents={"/lambda-entrypoint.sh": "#!/bin/sh\n", "/var/runtime/bootstrap": "#!/bin/bash\n", **contents},
        links=links or {},
        unknown=unknown,
        base=NamedBase(language, version, "al2023", runtime, f"public.ecr.aws/lambda/{language}:{version}"),
        entrypoint=("/lambda-entrypoint.sh",),
        entrypoint_is_inherited=True,
        command=(handler,),
        environment=environment or {},
        working_dir=working_dir,
    )
