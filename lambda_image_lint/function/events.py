"""What happens to a file system while an image is built, each thing as an event that acts on what was there."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.function.known import KnownFile
from lambda_image_lint.function.model import File, Kind, Packaged
from lambda_image_lint.function.walk import Entry, Link
from lambda_image_lint.records import AbstractRecord


class Tree(ABC):
    """Files that were brought in together; paths are relative to their root, ``""`` being the root itself."""

    @abstractmethod
    def entry(self, path: str) -> Entry:
        """What stands at a relative path (``a/b``), symlinks not followed; where it lands is said by the caller."""

    @abstractmethod
    def paths(self, folder: str) -> Iterator[str]:
        """Relative paths strictly below a folder."""

    @abstractmethod
    def gap(self, folder: str) -> Unknown | None:
        """Why `paths` may lack some; None where it is complete."""


class Event(Struct, frozen=True, metaclass=AbstractRecord):
    """Something that happened to a path and perhaps to what lies below it."""

    reaches_below: ClassVar[bool] = True
    """False: it says nothing of the paths below its own."""

    @abstractmethod
    def apply(self, before: Entry, path: str, root: str) -> Entry:
        """What stands at `path` afterwards; `root`, the event's own path, is `path` or above it."""

    def ends(self) -> bool:
        """Whether nothing that was below its path can be there any more."""
        return False


class Put(Event, frozen=True):
    """One known entry; a directory leaves what is in it."""

    entry: File | Link

    def apply(self, before: Entry, path: str, root: str) -> Entry:
        if path == root:
            return self.entry
        return Absent(path) if self.ends() else before

    def ends(self) -> bool:
        return isinstance(self.entry, Link) or self.entry.kind is not Kind.DIRECTORY


class Gone(Event, frozen=True):
    """Removed with everything below."""

    def apply(self, before: Entry, path: str, root: str) -> Entry:
        return Absent(path)

    def ends(self) -> bool:
        return True


class Cloud(Event, frozen=True):
    """Something happened here that is not known in detail."""

    unknown: Unknown
    changes: bool
    """False: it adds files and leaves those that are there."""

    def apply(self, before: Entry, path: str, root: str) -> Entry:
        if path == "/" and isinstance(before, File):
            return before  # whatever was done, the root is still there
        if not self.changes and isinstance(before, File | Link):
            return before
        return _both(before, self.unknown) if isinstance(before, Unknown) else self.unknown


def _both(first: Unknown, second: Unknown) -> Unknown:
    """What is known where two things may have written: packages alone where both were package managers."""
    if not isinstance(second, Packaged) or not isinstance(first, Packaged):
        return first if isinstance(second, Packaged) else second
    known = first.packages is not None and second.packages is not None
    names = (*(first.packages or ()), *(second.packages or ())) if known else None
    of_system = all(one.of_system or one.packages == () for one in (first, second))
    return Packaged(second.reason, second.place, packages=names, of_system=of_system)


class Parent(Event, frozen=True):
    """A path below may have been made, and this with it."""

    unknown: Unknown
    reaches_below: ClassVar[bool] = False

    def apply(self, before: Entry, path: str, root: str) -> Entry:
        return self.unknown if path == root and isinstance(before, Absent) else before


class Mount(Event, frozen=True):
    """A tree was laid over what is here."""

    tree: Tree

    def apply(self, before: Entry, path: str, root: str) -> Entry:
        relative = relative_to(path, root)
        brought = self.tree.entry(relative)
        if isinstance(brought, Absent):
            return before
        if not relative and isinstance(before, File) and before.kind is Kind.DIRECTORY:
            return before
        return _moved(brought, path)


class Remode(Event, frozen=True):
    """Permissions or owners were changed."""

    change: Callable[[KnownFile], KnownFile]
    recursive: bool

    def apply(self, before: Entry, path: str, root: str) -> Entry:
        if isinstance(before, KnownFile) and (self.recursive or path == root):
            return self.change(before)
        return before


def relative_to(path: str, root: str) -> str:
    """`path` without `root` and the slash behind it."""
    return path[len(root) :].lstrip("/")


def _moved(entry: Entry, path: str) -> Entry:
    if isinstance(entry, KnownFile):
        return replace(entry, path=path)
    if isinstance(entry, Link) and isinstance(entry.file, KnownFile):
        return Link(replace(entry.file, path=path), entry.target)
    return entry
