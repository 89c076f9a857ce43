"""Paths as the kernel walks them: symlinks, parents and permissions, over whatever knows its single entries."""

import re
from abc import abstractmethod
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

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


class _Walk(Struct, frozen=True):
    found: Found
    passed: tuple[File | Unknown, ...]
    """Directories that were searched on the way; those that nothing is known of as Unknown."""


class WalkedFiles(Files):
    """Everything that `Files` answers, from single entries and a list of paths."""

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
        return self._walk(path).found

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

    def _walk(self, path: str) -> _Walk:
        here, entry = "/", self.entry("/")
        waiting = _backwards(path)
        passed: list[File | Unknown] = []
        final: File | None = None
        links = 0
        while waiting:
            if isinstance(entry, Absent | Link) or (isinstance(entry, File) and entry.kind is not Kind.DIRECTORY):
                return _Walk(final or Absent(path), tuple(passed))
            passed.append(entry)
            part = waiting.pop()
            if part == "..":
                here = parent(here)
                entry = self.entry(here)
                continue
            below = self.entry(join(here, part))
            if not isinstance(below, Link):
                here, entry = join(here, part), below
                continue
            links += 1
            if not waiting:
                final = final or below.file
            if links > _LINKS:
                return _Walk(below.file, tuple(passed))
            if below.target.startswith("/"):
                here, entry = "/", self.entry("/")
            waiting.extend(_backwards(below.target))
        if isinstance(entry, Absent | Link):
            return _Walk(final or Absent(path), tuple(passed))
        return _Walk(entry, tuple(passed))

    def _barrier(self, path: str, want: int) -> Answer[Barrier | None]:
        walk = self._walk(path)
        if isinstance(walk.found, Absent):
            return Unknown(f"{path} is not there")
        checks = [(step, _SEARCH) for step in walk.passed]
        itself = walk.found
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
