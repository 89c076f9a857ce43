"""Which libraries the loader will find for an ELF file, and which versions they lack.

Sources: ld.so(8) of man-pages 6.9; musl's ``ldso/dynlink.c`` 1.2.5; Debian's and Amazon Linux's ``/etc/ld.so.conf.d``;
read 2026-11-23.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from posixpath import dirname, normpath

from msgspec import Struct

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.function.model import File, Function, Kind
from lambda_image_lint.function.native.elf import Elf, Linkage
from lambda_image_lint.function.native.libc import TRIPLETS
from lambda_image_lint.function.native.reader import elf

_CONFIGURATION_MAX = 64 * 1024
"""Bytes read of a file of ``/etc/ld.so.conf.d``; each holds a line or two."""
_CONFIGURATION_DEPTH = 8
_CLOSURE_MAX = 500
"""Files followed from one program."""


class MissingLibrary(Struct, frozen=True):
    """A library that the loader will not find for a file."""

    name: str
    file: File
    """That needs it."""
    looked_in: tuple[str, ...]
    elsewhere: tuple[File, ...]
    """Files of that name where the loader does not look. A process that has loaded one already finds it by its name."""
    chain: tuple[str, ...]
    """Paths from the file asked about to `file`."""

    @property
    def error(self) -> str:
        """What the loader prints."""
        return f"{self.name}: cannot open shared object file: No such file or directory"


class MissingVersion(Struct, frozen=True):
    """A symbol version that a library of the image does not define."""

    version: str
    """``GLIBC_2.38``."""
    library: File
    file: File
    """That needs it."""
    chain: tuple[str, ...]

    @property
    def error(self) -> str:
        """What glibc's loader prints."""
        return f"{self.library.path}: version `{self.version}' not found (required by {self.file.path})"


class MissingInterpreter(Struct, frozen=True):
    """A loader that is not there: the kernel says ``no such file or directory`` of the program itself."""

    interpreter: str
    file: File

    @property
    def error(self) -> str:
        """What Lambda prints where the file is its entrypoint."""
        return f"fork/exec {self.file.path}: no such file or directory"


Lacking = MissingLibrary | MissingVersion | MissingInterpreter


class Libraries:
    """The libraries of one image. Make one for all files that are asked about."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.files = function.files
        self._facts: dict[str, Elf | Unknown | None] = {}

    def facts(self, file: File) -> Elf | Unknown | None:
        """`elf`, of each file once."""
        if file.path not in self._facts:
            self._facts[file.path] = elf(file)
        return self._facts[file.path]

    def lacking(self, file: File) -> Iterator[Lacking | Unknown]:
        """What the loader will not find for a file and for all that it needs, in the order of loading."""
        facts = self.facts(file)
        if facts is None or isinstance(facts, Unknown):
            if facts is not None:
                yield facts
            return
        missing = self.missing_interpreter(file, facts)
        if missing is not None:
            yield missing
            return
        pending: list[tuple[File, Elf, tuple[str, ...], tuple[str, ...]]] = [(file, facts, (file.path,), ())]
        seen = {file.path}
        while pending and len(seen) < _CLOSURE_MAX:
            current, facts, chain, inherited = pending.pop(0)
            if isinstance(facts.linkage, Unknown):
                yield facts.linkage
                continue
            handed_on = (*self._expanded(facts.linkage.rpath, current.path), *inherited)
            for name in facts.linkage.needed:
                found = self.find(name, current.path, facts, inherited)
                if isinstance(found, File):
                    inner = self.facts(found)
                    if isinstance(inner, Elf):
                        yield from self._missing_versions(facts.linkage, name, current, found, inner, chain)
                        if found.path not in seen:
                            seen.add(found.path)
                            pending.append((found, inner, (*chain, found.path), handed_on))
                elif isinstance(found, Unknown):
                    yield found
                else:
                    folders = self.folders(current.path, facts, inherited)
                    yield MissingLibrary(name, current, folders, self._elsewhere(name), chain)

    def missing_interpreter(self, file: File, facts: Elf) -> MissingInterpreter | Unknown | None:
        """Is the loader that a program names there?"""
        if facts.interpreter is None:
            return None
        found = self.files.find(facts.interpreter)
        if isinstance(found, Absent):
            return MissingInterpreter(facts.interpreter, file)
        return found if isinstance(found, Unknown) else None

    def find(self, name: str, needed_by: str, facts: Elf, inherited: tuple[str, ...] = ()) -> File | Unknown | None:
        """The file that the loader takes for a name; one of another machine is passed over, as it does."""
        if "/" in name:
            found = self.files.find(name if name.startswith("/") else normpath(f"{dirname(needed_by)}/{name}"))
            return None if isinstance(found, Absent) else found
        if name.startswith(("ld-linux", "ld-musl")):
            # The loader itself, which is in the process already.
            found = self.files.find(facts.interpreter) if facts.interpreter else Absent(name)
            if isinstance(found, File):
                return found
        doubt: Unknown | None = None
        for folder in self.folders(needed_by, facts, inherited):
            found = self.files.find(f"{folder.rstrip('/')}/{name}")
            if isinstance(found, Unknown):
                doubt = doubt or found
            elif isinstance(found, File) and found.kind is Kind.FILE:
                other = self.facts(found)
                if not isinstance(other, Elf) or (other.machine, other.bits) == (facts.machine, facts.bits):
                    return found
        if doubt is None and isinstance(self._configured, Unknown):
            return self._configured
        return doubt

    def folders(self, needed_by: str, facts: Elf, inherited: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Where the loader looks for what a file needs, in its order."""
        link = facts.linkage if isinstance(facts.linkage, Linkage) else Linkage()
        rpath = () if link.runpath else (*self._expanded(link.rpath, needed_by), *inherited)
        runpath = self._expanded(link.runpath, needed_by)
        configured = () if isinstance(self._configured, Unknown) else self._configured
        triplet = TRIPLETS.get(facts.architecture)
        multiarch = (f"/lib/{triplet}", f"/usr/lib/{triplet}") if triplet else ()
        default = ("/lib64", "/usr/lib64", *multiarch, "/lib", "/usr/lib", "/usr/local/lib")
        return tuple(dict.fromkeys((*rpath, *self._library_path, *runpath, *configured, *default)))

    @cached_property
    def _library_path(self) -> tuple[str, ...]:
        """LD_LIBRARY_PATH; an empty part means the working directory."""
        value = self.function.environment.get("LD_LIBRARY_PATH", "")
        start = self.function.working_dir
        if isinstance(value, Unknown) or not value:
            return ()
        root = "/" if isinstance(start, Unknown) else start
        return tuple(
            folder if folder.startswith("/") else normpath(f"{root}/{folder}") for folder in re.split("[:;]", value)
        )

    @cached_property
    def _configured(self) -> Answer[tuple[str, ...]]:
        """The folders of ``/etc/ld.so.conf`` and of what it includes, and of musl's path files."""
        value = self.function.environment.get("LD_LIBRARY_PATH", "")
        if isinstance(value, Unknown):
            return value
        folders: list[str] = []
        pending = [("/etc/ld.so.conf", 0)]
        for machine in ("x86_64", "aarch64"):
            pending.append((f"/etc/ld-musl-{machine}.path", 0))
        while pending:
            path, depth = pending.pop(0)
            found = self.files.find(path)
            content = found.read(_CONFIGURATION_MAX) if isinstance(found, File) else found
            if isinstance(content, Unknown):
                return content
            for line in re.split(r"[\n:]", content.decode("utf-8", "replace")) if isinstance(content, bytes) else ():
                line = line.partition("#")[0].strip()
                if line.startswith("include") and depth < _CONFIGURATION_DEPTH:
                    pattern = line.removeprefix("include").strip()
                    listed = self.files.glob(pattern if pattern.startswith("/") else f"/etc/{pattern}")
                    if isinstance(listed, Unknown):
                        return listed
                    pending.extend((file.path, depth + 1) for file in listed)
                elif line.startswith("/"):
                    folders.append(line)
        return tuple(folders)

    def _expanded(self, folders: tuple[str, ...], needed_by: str) -> tuple[str, ...]:
        """With the loader's own words put in."""
        origin = dirname(needed_by)
        texts = (folder.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for folder in folders)
        return tuple(
            normpath(each)
            for text in texts
            for each in ((text.replace("$LIB", "lib64"), text.replace("$LIB", "lib")) if "$LIB" in text else (text,))
        )

    def _missing_versions(
        self, link: Linkage, name: str, file: File, library: File, facts: Elf, chain: tuple[str, ...]
    ) -> Iterator[MissingVersion | Unknown]:
        if isinstance(facts.linkage, Unknown):
            yield facts.linkage
            return
        defined = facts.linkage.defines
        # A library without any table of versions is taken as it is, with a warning at most.
        for library_name, version in link.requires if defined else ():
            if library_name == name and version not in defined:
                yield MissingVersion(version, library, file, chain)

    def _elsewhere(self, name: str) -> tuple[File, ...]:
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> dict[str, tuple[File, ...]]:
        """Every file that looks like a library, by its name."""
        found: dict[str, list[File]] = {}
        for file in self.files.known_under("/"):
            if ".so" in file.path and file.kind is Kind.FILE:
                found.setdefault(file.path.rpartition("/")[2], []).append(file)
        return {name: tuple(files) for name, files in found.items()}
