"""Which file a dotted module name stands for, by the rules of CPython's path finder."""

from functools import lru_cache, reduce

from msgspec import Struct

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.function.languages.own import may_hold
from lambda_image_lint.function.languages.python.path import SearchPath
from lambda_image_lint.function.languages.python.stdlib import BUILTIN
from lambda_image_lint.function.model import File, Files, Kind, Packaged

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class Module(Struct, frozen=True):
    """A module that an import would find."""

    name: str
    file: File | None
    """Its source, bytecode or extension; None for a built-in one and for a package without ``__init__``."""
    folders: tuple[str, ...] = ()
    """Where its submodules lie; empty where it is no package."""
    entry: str = ""
    """The folder of ``sys.path`` that it was found by."""
    doubt: Unknown | None = None
    """Of a folder that serves as a module: why a package of the same name may hide it, or add to it."""

    @property
    def is_source(self) -> bool:
        """Its text can be read."""
        return self.file is not None and self.file.path.endswith(".py")


class NoModule(Struct, frozen=True):
    """No such module: `message` is ImportError's own."""

    message: str
    part: str
    """The first part that is not there: ``app.routes`` of ``app.routes.users``."""


class _Portion(Struct, frozen=True):
    """A folder without ``__init__`` that is certainly there: a package by itself, or part of one."""

    folder: str
    doubt: Unknown | None
    """Why it may be no such portion: an ``__init__`` or a file of the same name that cannot be seen."""


class Finder:
    """Finds modules on a search path; remembers what it found."""

    def __init__(self, files: Files, path: SearchPath, architecture: Answer[str]) -> None:
        self.files = files
        self.path = path
        self._suffixes = _suffixes(path.minor, None if isinstance(architecture, Unknown) else architecture)
        self._in_folders = lru_cache(maxsize=None)(self._find_in_folders)
        self._found: dict[tuple[str, bool], Module | NoModule | Unknown] = {}

    def find(self, name: str, own: bool = False) -> Module | NoModule | Unknown:
        """The module of an absolute dotted name; `own`: it is the function's own code, which no package brings."""
        if (name, own) not in self._found:
            self._found[name, own] = self._find(name, own)
        return self._found[name, own]

    def _find(self, name: str, own: bool) -> Module | NoModule | Unknown:
        if name.partition(".")[0] in BUILTIN:
            return Module(name, None)
        folders: tuple[str, ...] = self.path.folders
        parts = name.split(".")
        module: Module | None = None
        for depth in range(1, len(parts) + 1):
            part = ".".join(parts[:depth])
            if module is not None and not module.folders:
                return NoModule(f"No module named '{part}'; '{module.name}' is not a package", part)
            found = self._in_folders(part, folders, own)
            if isinstance(found, Unknown):
                return _less_certain(found, self._gap(part, own) if depth == 1 else None)
            if found is None:
                gap = self._gap(part, own) if depth == 1 else module and module.doubt
                return gap or NoModule(f"No module named '{part}'", part)
            module, folders = found, found.folders
        assert module is not None
        return module.doubt or module

    def _gap(self, top: str, own: bool) -> Unknown | None:
        """Why the top-level module may lie in a folder that is not known."""
        gaps = [gap for gap in self.path.gaps if not own or may_hold(gap, top)]
        return reduce(_less_certain, gaps) if gaps else None

    def _find_in_folders(self, name: str, folders: tuple[str, ...], own: bool) -> Module | Unknown | None:
        """A file that is certainly there wins over an earlier folder that is merely unknown.

        The other reading, that an unseen package of the same name hides the function's own file, would be a fault too.
        """
        stem = name.rpartition(".")[2]
        portions: list[str] = []
        doubt: Unknown | None = None
        for folder in folders:
            found = self._in_folder(name, stem, folder)
            if isinstance(found, Module):
                return found
            if isinstance(found, _Portion):
                portions.append(found.folder)
                found = found.doubt
            if found is not None and (not own or may_hold(found, name.partition(".")[0])):
                doubt = _less_certain(doubt, found)
        if not portions:
            return doubt
        doubt = None if _brings_nothing(doubt) else doubt
        return Module(name, None, tuple(portions), portions[0].rpartition("/")[0], doubt)

    def _in_folder(self, name: str, stem: str, folder: str) -> Module | Unknown | _Portion | None:
        """A module, a portion of a namespace package, or None."""
        root = folder.rstrip("/")
        if isinstance(self.files.find(root or "/"), Absent):
            return None
        package = self.files.find(f"{root}/{stem}")
        doubt: Unknown | None = package if isinstance(package, Unknown) else None
        is_folder = isinstance(package, File) and package.kind is Kind.DIRECTORY
        if is_folder:
            initial = self._file(f"{root}/{stem}/__init__")
            if isinstance(initial, File):
                return Module(name, initial, (f"{root}/{stem}",), folder)
            doubt = doubt or initial
        single = self._file(f"{root}/{stem}")
        if isinstance(single, File):
            return Module(name, single, (), folder)
        doubt = doubt or single
        return _Portion(f"{root}/{stem}", doubt) if is_folder else doubt

    def _file(self, stem: str) -> File | Unknown | None:
        """The file that a loader takes for a path without suffix."""
        doubt: Unknown | None = None
        folder, _, name = stem.rpartition("/")
        for found in self.files.find_each(folder, [name + suffix for suffix in self._suffixes]):
            if isinstance(found, File) and found.kind is Kind.FILE:
                return found
            if isinstance(found, Unknown):
                doubt = doubt or found
        return doubt


def _less_certain(one: Unknown | None, other: Unknown | None) -> Unknown:
    """Of two reasons the one that leaves more open: what is known of a base image's own files is known of none else."""
    known = [each for each in (one, other) if each is not None]
    return next((each for each in known if not _brings_nothing(each)), known[0])


def _brings_nothing(unknown: Unknown | None) -> bool:
    """Whether only a base image's own files are not known, or those of an install that names no package."""
    return isinstance(unknown, Packaged) and unknown.packages == ()


def _suffixes(minor: int | None, architecture: str | None) -> tuple[str, ...]:
    """What a module's file may end in, in the loader's order; an extension's any libc, for a wrong one is another fault."""
    machines = (_MACHINES[architecture],) if architecture in _MACHINES else tuple(_MACHINES.values())
    versions = range(8, 17) if minor is None else (minor,)
    tagged = [
        f".cpython-3{version}-{machine}-linux-{libc}.so"
        for version in versions
        for machine in machines
        for libc in ("gnu", "musl")
    ]
    return (*tagged, ".abi3.so", ".so", ".py", ".pyc")
