"""Paths as the kernel walks them: symlinks, parents and permissions, over whatever knows its single entries."""

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.function.model import Barrier, File, Files, Found, Kind

UID, GID = 993, 990
"""Of every function, whatever USER says: limits ``function_uid`` and ``function_gid`` in the knowledge."""

_LINKS = 40
"""Symlinks that Linux follows before it gives up (ELOOP): path_resolution(7)."""

_READ, _SEARCH = 4, 1


def normal(path: str, folder: str = "/") -> str:
    """An absolute path without ``.``, ``..`` and doubled slashes; a relative one is taken from `folder`."""
    parts: list[str] = []
    for part in (path if path.startswith("/") else f"{folder}/{path}").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def join(folder: str, name: str) -> str:
    """`name` below `folder`."""
    return f"/{name}" if folder == "/" else f"{folder}/{name}"


def parent(path: str) -> str:
    """The directory that holds a path; of the root, the root."""
    return path.rpartition("/")[0] or "/"


def lineage(path: str) -> Iterator[str]:
    """The root, each directory above `path`, and `path` itself."""
    yield "/"
    position = path.find("/", 1)
    while position > 0:
        yield path[:position]
        position = path.find("/", position + 1)
    if path != "/":
        yield path


def is_within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it."""
    return path == folder or folder == "/" or path.startswith(folder + "/")


class Link(Struct, frozen=True):
    """A symlink among the entries, not followed."""

    file: File
    target: str


Entry = File | Link | Absent | Unknown
"""What stands at one path, symlinks not followed."""


Way = tuple["Way | None", File | Unknown]
"""(The way to a directory, the directory): longer ways share the shorter ones."""


class _Reached(Struct, frozen=True):
    """Where the parts of a path lead, one after the other."""

    here: str
    """The path without symlinks."""
    entry: File | Absent | Unknown
    """What stands there; Absent too where the way ends before."""
    way: "Way | None" = None
    """Directories that were searched; those that nothing is known of as Unknown."""
    links: int = 0
    """Symlinks followed so far."""
    dangling: File | None = None
    """The symlink that the path names, where it leads nowhere."""
    endless: File | None = None
    """The symlink at which the kernel gives up."""

    def found(self, path: str) -> Found:
        """What `Files.find` says of the path that leads here."""
        if self.endless is not None:
            return self.endless
        return self.dangling or Absent(path) if isinstance(self.entry, Absent) else self.entry

    @property
    def searched(self) -> list[File | Unknown]:
        """The directories on the way, the root first."""
        found, way = [], self.way
        while way is not None:
            way, entry = way
            found.append(entry)
        return found[::-1]

    @property
    def directory(self) -> File | Unknown | None:
        """What is searched for the next part; None where nothing can be below."""
        entry = self.entry
        if self.endless is not None or isinstance(entry, Absent):
            return None
        return entry if isinstance(entry, Unknown) or entry.kind is Kind.DIRECTORY else None


class WalkedFiles(Files):
    """Everything that `Files` answers, from single entries and a list of paths."""

    def __init__(self) -> None:
        self._reached: dict[str, _Reached] = {}
        """Folder, as a path names it, → where it leads: whoever looks for one file looks for a dozen beside it."""

    @abstractmethod
    def entry(self, path: str) -> Entry:
        """What stands at a normal absolute path, its parents taken as they are written."""

    @abstractmethod
    def paths(self, folder: str) -> Iterator[str]:
        """Normal paths strictly below `folder` that may be there; each is asked for again with `entry`."""

    @abstractmethod
    def gap(self, folder: str) -> Unknown | None:
        """Why `paths` of a folder may lack some; None where it is complete."""

    def find(self, path: str) -> Found:
        return self._walk(path).found(path)

    def find_each(self, folder: str, names: Iterable[str]) -> Iterator[Found]:
        reached = self._folder(folder)
        for name in names:
            entry = self.entry(join(reached.here, name)) if reached.directory is not None else None
            yield self.find(f"{folder}/{name}") if entry is None or isinstance(entry, Link) else entry

    def link(self, path: str) -> Answer[str | None]:
        path = normal(path)
        folder = self._real(parent(path))
        entry = self.entry(join(folder, path.rpartition("/")[2])) if path != "/" else Absent("/")
        if isinstance(entry, Unknown):
            return entry
        return entry.target if isinstance(entry, Link) else None

    def under(self, folder: str) -> Answer[tuple[File, ...]]:
        real = self._real(folder)
        return self.gap(real) or self.known_under(real)

    def known_under(self, folder: str) -> tuple[File, ...]:
        real = self._real(folder)
        return tuple(file for path in sorted(set(self.paths(real))) if (file := self._present(path)) is not None)

    def glob(self, pattern: str) -> Answer[tuple[File, ...]]:
        real = self._real(_literal_folder(pattern))
        return self.gap(real) or self.known_glob(pattern)

    def known_glob(self, pattern: str) -> tuple[File, ...]:
        folder = _literal_folder(pattern)
        real = self._real(folder)
        # Symlinks in front of the first wildcard are followed; the paths that come are those without them.
        matches = _pattern(normal(pattern.removeprefix(folder).lstrip("/"), real)).fullmatch
        found = (self._present(path) for path in sorted(set(self.paths(real))) if matches(path))
        return tuple(file for file in found if file is not None)

    def readable(self, path: str) -> Answer[Barrier | None]:
        return self._barrier(path, _READ)

    def executable(self, path: str) -> Answer[Barrier | None]:
        return self._barrier(path, _SEARCH)

    @staticmethod
    def matches(pattern: str, path: str) -> bool:
        """Whether a path is one that `glob` finds for a pattern."""
        return _pattern(pattern).fullmatch(path) is not None

    def _present(self, path: str) -> File | None:
        entry = self.entry(path)
        if isinstance(entry, Link):
            return entry.file
        return entry if isinstance(entry, File) else None

    def _real(self, folder: str) -> str:
        """A folder's own path, symlinks followed; the path as it is where nothing is known of it."""
        found = self.find(folder)
        return found.path if isinstance(found, File) else normal(folder)

    def _walk(self, path: str) -> _Reached:
        folder, slash, name = path.rpartition("/")
        while slash and name in ("", "."):
            folder, slash, name = folder.rpartition("/")
        return self._below(self._folder(folder), name) if name not in ("", ".") else self._root()

    def _folder(self, path: str) -> _Reached:
        """Where the parts in front of the last lead, remembered."""
        known = self._reached.get(path)
        if known is None:
            known = self._root()
            start = 0
            # Where the way ends early, the rest of a long path costs nothing.
            while start <= len(path) and known.directory is not None:
                end = path.find("/", start)
                end = len(path) if end < 0 else end
                if path[start:end] not in ("", "."):
                    written = path[:end]
                    above = known
                    known = self._reached.get(written)
                    if known is None:
                        known = self._reached[written] = self._below(above, path[start:end])
                start = end + 1
            self._reached[path] = known
        return known

    def _root(self) -> _Reached:
        return _Reached("/", self._plain("/"))

    def _plain(self, path: str) -> File | Absent | Unknown:
        """An entry that is no symlink: of the root, and of a directory that was walked through."""
        entry = self.entry(path)
        return Absent(path) if isinstance(entry, Link) else entry

    def _below(self, start: _Reached, name: str) -> _Reached:
        """Where one more part of a path leads."""
        reached, waiting = start, [name]
        dangling: File | None = None
        while waiting:
            here, links, directory = reached.here, reached.links, reached.directory
            if directory is None:
                return _Reached(here, Absent(here), reached.way, links, dangling, reached.endless)
            way = (reached.way, directory)
            part = waiting.pop()
            if part == "..":
                reached = _Reached(parent(here), self._plain(parent(here)), way, links)
                continue
            below = self.entry(join(here, part))
            if not isinstance(below, Link):
                reached = _Reached(join(here, part), below, way, links)
                continue
            if not waiting:
                dangling = dangling or below.file
            if links == _LINKS:
                return _Reached(here, directory, way, links, endless=below.file)
            if below.target.startswith("/"):
                reached = _Reached("/", self._plain("/"), way, links + 1)
            else:
                reached = _Reached(here, directory, way, links + 1)
            waiting.extend(_backwards(below.target))
        return replace(reached, dangling=dangling) if dangling is not None else reached

    def _barrier(self, path: str, want: int) -> Answer[Barrier | None]:
        reached = self._walk(path)
        itself = reached.found(path)
        if isinstance(itself, Absent):
            return Unknown(f"{path} is not there")
        checks = [(step, _SEARCH) for step in reached.searched]
        both = isinstance(itself, File) and itself.kind is Kind.DIRECTORY
        checks.append((itself, want | _SEARCH if both else want))
        undecided: Unknown | None = None
        for step, bits in checks:
            if isinstance(step, Unknown):
                undecided = undecided or step
                continue
            allowed = _allows(step, bits)
            if isinstance(allowed, Unknown):
                undecided = undecided or allowed
            elif not allowed and isinstance(step.mode, int):
                return Barrier(step.path, step.mode, step.place, step.mode_place)
        return undecided


def _backwards(path: str) -> list[str]:
    """The parts of a path, the first one last; ``..`` stays, for it means the parent of what a link leads to."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _allows(file: File, bits: int) -> Answer[bool]:
    """Whether Lambda's user has all of `bits` (4 read, 1 search or execute) on a file."""
    if isinstance(file.mode, Unknown):
        return file.mode
    owner, group, other = ((file.mode >> shift) & bits == bits for shift in (6, 3, 0))
    if owner == group == other:
        return other
    if isinstance(file.uid, Unknown):
        return file.uid
    if isinstance(file.gid, Unknown):
        return file.gid
    if file.uid == UID:
        return owner
    return group if file.gid == GID else other


def _literal_folder(pattern: str) -> str:
    """The folder in front of the first wildcard."""
    return re.split(r"[*?]", pattern, maxsplit=1)[0].rpartition("/")[0] or "/"


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` stay within a name, ``**`` crosses slashes."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meanings.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)
