"""Files that come in together: from the build context, or from another file system."""

from collections.abc import Callable, Iterator
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.finding import Place
from lambda_image_lint.function.events import Tree, relative_to
from lambda_image_lint.function.known import KnownFile, Reader
from lambda_image_lint.function.model import File, Kind
from lambda_image_lint.function.walk import Entry, Link, WalkedFiles, join, normal
from lambda_image_lint.records import AbstractRecord

Change = Callable[[KnownFile], KnownFile]
"""What ``--chmod`` and ``--chown`` do to each file."""


def from_context(file: ContextFile, path: str, place: Place, change: Change) -> KnownFile | Link:
    """A file of the context at its place in the image."""
    kind = Kind.DIRECTORY if file.is_dir else Kind.SYMLINK if file.link is not None else Kind.FILE
    reader = _reader(file, place) if kind is Kind.FILE else None
    known = KnownFile(path, kind, file.mode, 0, 0, file.size, place, reader, source=file.path)
    return Link(known, file.link) if file.link is not None else change(known)


_LFS_MARK = b"version https://git-lfs.github.com/spec/v1"
_LFS_MAX = 1024
"""Bytes, of which a pointer has fewer. Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md, read 2026-11-28."""


def _reader(file: ContextFile, place: Place) -> Reader:
    """Its bytes; Unknown of a Git LFS pointer, in whose place the build will have the file that it points to."""
    if not len(_LFS_MARK) < file.size < _LFS_MAX:
        return file.read

    def read(limit: int | None) -> Answer[bytes]:
        head = file.read(len(_LFS_MARK))
        if head == _LFS_MARK:
            return Unknown(f"{file.path} is a Git LFS pointer: its content is not here", place)
        return file.read(limit)

    return read


class ContextTree(Struct, Tree, frozen=True, metaclass=AbstractRecord):
    """A directory of the build context."""

    context: Context
    root: str
    """Relative to the context's root, symlinks resolved."""
    place: Place
    change: Change
    excluded: Callable[[str], bool]
    """Whether ``--exclude`` leaves out a path relative to `root`."""

    def entry(self, path: str) -> Entry:
        if path and self.excluded(path):
            return Absent(path)
        wanted = self._inside(path)
        file = self.context.find(wanted)
        if isinstance(file, Unknown):
            return file
        if file is not None and file.path != wanted:
            file = self._links.get(wanted)
        return Absent(path) if file is None else from_context(file, path, self.place, self.change)

    @cached_property
    def _links(self) -> dict[str, ContextFile]:
        """The symlinks by path; only asked for where following a path led elsewhere."""
        files = self.context.walk(self.root)
        return {} if isinstance(files, Unknown) else {file.path: file for file in files if file.link is not None}

    def paths(self, folder: str) -> Iterator[str]:
        files = self.context.walk(self._inside(folder))
        if not isinstance(files, Unknown):
            yield from (relative_to(file.path, self.root) for file in files)

    def gap(self, folder: str) -> Unknown | None:
        files = self.context.walk(self._inside(folder))
        return files if isinstance(files, Unknown) else None

    def _inside(self, path: str) -> str:
        return f"{self.root}/{path}".strip("/")


class FolderTree(Struct, Tree, frozen=True, metaclass=AbstractRecord):
    """A directory of another file system, which does not change any more."""

    files: WalkedFiles
    root: str
    place: Place
    change: Change
    excluded: Callable[[str], bool] = lambda path: False

    def entry(self, path: str) -> Entry:
        if path and self.excluded(path):
            return Absent(path)
        return landed(self.files.entry(normal(path, self.root)), self.place, self.change)

    def paths(self, folder: str) -> Iterator[str]:
        yield from (relative_to(path, self.root) for path in self.files.paths(self._inside(folder)))

    def gap(self, folder: str) -> Unknown | None:
        return self.files.gap(self._inside(folder))

    def _inside(self, path: str) -> str:
        return join(self.root, path) if path else self.root


def landed(entry: Entry, place: Place, change: Change) -> Entry:
    """An entry of another file system once this one has it: the copy is what brought it."""
    if isinstance(entry, KnownFile):
        return change(replace(entry, place=place))
    if isinstance(entry, Link) and isinstance(entry.file, KnownFile):
        return Link(replace(entry.file, place=place), entry.target)
    return entry


def unchanged(file: KnownFile) -> KnownFile:
    """The change that changes nothing."""
    return file


def is_directory(found: object) -> bool:
    """Whether a path is certainly a directory."""
    return isinstance(found, File) and found.kind is Kind.DIRECTORY
