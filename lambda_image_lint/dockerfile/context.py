"""The build context: what COPY can reach, .dockerignore applied."""

import os
import posixpath
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.glob import BadPattern, compile_glob, has_wildcard
from lambda_image_lint.dockerfile.ignore import Ignore, IgnoreProblem

_MAX_LINKS = 40
"""Symlinks followed in one path, as Linux does (``path_resolution(7)``)."""

_REPOSITORY_MARKS = (".git", ".hg")


class ContextFile(Struct, frozen=True):
    """A file or directory that the build can copy."""

    path: str
    """Relative to the context's root, with ``/``; empty for the root."""
    is_dir: bool
    mode: int
    """Permission bits, 0 to 0o7777."""
    size: int
    """Bytes; 0 for a directory."""
    link: str | None
    """The target of a symlink, as it stands in it; None for anything else."""
    tree: "Tree"

    def read(self, limit: int | None = None) -> Answer[bytes]:
        """The first `limit` bytes, or all; Unknown where the file cannot be read."""
        return self.tree.read(self.path, limit)


class Tree(ABC):
    """Where a context's files come from."""

    @abstractmethod
    def entry(self, path: str) -> ContextFile | None:
        """The entry at a clean relative path whose parents are no symlinks; the entry itself may be one."""

    @abstractmethod
    def names(self, path: str) -> tuple[str, ...]:
        """The names in a directory, sorted."""

    @abstractmethod
    def read(self, path: str, limit: int | None) -> Answer[bytes]:
        """The content of a file."""


class DiskTree(Tree):
    """A folder on disk. Nothing outside it is ever opened: symlinks are read, not followed."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._entries: dict[str, ContextFile | None] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    def entry(self, path: str) -> ContextFile | None:
        if path not in self._entries:
            self._entries[path] = self._stat(path)
        return self._entries[path]

    def names(self, path: str) -> tuple[str, ...]:
        if path not in self._names:
            self._names[path] = self._list(path)
        return self._names[path]

    def _stat(self, path: str) -> ContextFile | None:
        full = os.path.join(self._root, path) if path else self._root
        try:
            # The root itself may be named through a symlink; below it none is followed.
            status = os.stat(full, follow_symlinks=not path)
            link = os.readlink(full) if stat.S_ISLNK(status.st_mode) else None
        except (OSError, ValueError):  # not there, a parent is a file, a name that no file can have
            return None
        folder = stat.S_ISDIR(status.st_mode)
        return ContextFile(path, folder, stat.S_IMODE(status.st_mode), 0 if folder else status.st_size, link, self)

    def _list(self, path: str) -> tuple[str, ...]:
        try:
            return tuple(sorted(os.listdir(os.path.join(self._root, path) if path else self._root)))
        except OSError:  # unreadable: nothing in it can be copied either
            return ()

    def read(self, path: str, limit: int | None) -> Answer[bytes]:
        try:
            with open(os.path.join(self._root, path), "rb", opener=_open_no_follow) as file:
                return file.read() if limit is None else file.read(limit)
        except OSError as error:
            return Unknown(f"{path} cannot be read: {error.strerror}")


def _open_no_follow(path: str, flags: int) -> int:
    # A FIFO in a context must not make the reader wait.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


class MemoryTree(Tree):
    """Files that exist in memory alone."""

    def __init__(self, files: Mapping[str, bytes], modes: Mapping[str, int], links: Mapping[str, str]) -> None:
        self._files = {posixpath.normpath(path): content for path, content in files.items() if not path.endswith("/")}
        self._modes = {posixpath.normpath(path): mode for path, mode in modes.items()}
        self._links = {posixpath.normpath(path): target for path, target in links.items()}
        self._folders: dict[str, set[str]] = {"": set()}
        for path in files:
            if path.endswith("/"):
                self._folders.setdefault(posixpath.normpath(path), set())
        for path in (*self._files, *self._links, *tuple(self._folders)):
            while path:
                parent, _, name = path.rpartition("/")
                self._folders.setdefault(parent, set()).add(name)
                path = parent

    def entry(self, path: str) -> ContextFile | None:
        if path in self._links:
            return ContextFile(path, False, 0o777, len(self._links[path]), self._links[path], self)
        if path in self._files:
            return ContextFile(path, False, self._modes.get(path, 0o644), len(self._files[path]), None, self)
        if path in self._folders:
            return ContextFile(path, True, self._modes.get(path, 0o755), 0, None, self)
        return None

    def names(self, path: str) -> tuple[str, ...]:
        return tuple(sorted(self._folders.get(path, ())))

    def read(self, path: str, limit: int | None) -> Answer[bytes]:
        content = self._files.get(path)
        return Unknown(f"{path} is no file") if content is None else content[:limit]


class Context:
    """What the build sees. Built by `Context.at`, `Context.of` or `Context.unknown`."""

    def __init__(
        self, tree: Tree | None, ignore: Ignore, root: Path | None = None, reason: str = "no build context"
    ) -> None:
        self.root = root
        """The folder; None where there is none on disk."""
        self.ignore = ignore
        self._tree = tree
        self._unknown = None if tree else Unknown(reason)
        self._walked: dict[str, tuple[ContextFile, ...]] = {}

    @classmethod
    def at(cls, root: Path, dockerfile: Path | None = None, overlay: Mapping[str, bytes] | None = None) -> "Context":
        """The folder `root`; ``NAME.dockerignore`` beside the Dockerfile counts before ``.dockerignore`` in the root.

        `overlay` are files, by relative path, that count before those on disk.
        """
        from lambda_image_lint.dockerfile.overlay import OverlayTree

        tree = OverlayTree(DiskTree(root), overlay) if overlay else DiskTree(root)
        candidates = [root / ".dockerignore"]
        if dockerfile is not None:
            candidates.insert(0, dockerfile.with_name(dockerfile.name + ".dockerignore"))
        for candidate in candidates:
            laid_over = (overlay or {}).get(candidate.name) if candidate.parent == root else None
            try:
                text = (laid_over if laid_over is not None else candidate.read_bytes()).decode(
                    "utf-8", "surrogateescape"
                )
            except OSError:
                continue
            return cls(tree, Ignore.parse(text, candidate.name), root)
        return cls(tree, Ignore(), root)

    @classmethod
    def of(
        cls,
        files: Mapping[str, bytes],
        *,
        modes: Mapping[str, int] | None = None,
        links: Mapping[str, str] | None = None,
        dockerfile: str = "Dockerfile",
    ) -> "Context":
        """A context in memory: content by relative path; a path that ends in ``/`` is an empty directory."""
        for name in (f"{dockerfile}.dockerignore", ".dockerignore"):
            if name in files:
                ignore = Ignore.parse(files[name].decode("utf-8", "surrogateescape"), name)
                return cls(MemoryTree(files, modes or {}, links or {}), ignore)
        return cls(MemoryTree(files, modes or {}, links or {}), Ignore())

    @classmethod
    def unknown(cls, reason: str = "no build context") -> "Context":
        """Nothing is known: the Dockerfile came from standard input, or the context's root is not where we think."""
        return cls(None, Ignore(), None, reason)

    @property
    def is_known(self) -> bool:
        return self._tree is not None

    @property
    def has_ignore_file(self) -> bool:
        return self.ignore.path is not None

    @property
    def ignore_problems(self) -> tuple[IgnoreProblem, ...]:
        """Lines of the ignore file that Docker refuses."""
        return self.ignore.problems

    def find(self, path: str) -> Answer[ContextFile | None]:
        """The file at `path`, symlinks followed inside the context; None: the build cannot see any."""
        if self._tree is None:
            return self._unknown or Unknown("no build context")
        resolved = self._resolve(_clean(path))
        if resolved is None or self._hidden(resolved):
            return None
        return resolved

    def present(self, path: str) -> bool | Unknown:
        """Whether the folder holds `path`, ignored or not: tells an ignored file from an absent one."""
        if self._tree is None:
            return self._unknown or Unknown("no build context")
        return self._resolve(_clean(path)) is not None

    def match(self, pattern: str) -> Answer[tuple[ContextFile, ...]]:
        """What a COPY source means: a file, a directory, or each that a pattern matches; empty: there is none."""
        if self._tree is None:
            return self._unknown or Unknown("no build context")
        cleaned = _clean(pattern)
        if not has_wildcard(cleaned):
            found = self.find(cleaned)
            return (found,) if isinstance(found, ContextFile) else ()
        return tuple(self._glob(cleaned))

    def walk(self, path: str = "") -> Answer[tuple[ContextFile, ...]]:
        """All below a directory, sorted by path; symlinks are not followed, ignored ones left out."""
        if self._tree is None:
            return self._unknown or Unknown("no build context")
        start = self._resolve(_clean(path))
        if not start or not start.is_dir:
            return ()
        if start.path not in self._walked:
            self._walked[start.path] = tuple(self._below(start.path))
        return self._walked[start.path]

    def around(self) -> tuple[Tree, str] | None:
        """The repository's files and where in it the root lies; the root's own outside of a repository; None: unknown."""
        if self.root is None:
            return None if self._tree is None else (self._tree, "")
        here = self.root.resolve()
        top = [here, *_ancestors_in_repository(here)][-1]
        return DiskTree(top), posixpath.join(*here.relative_to(top).parts, "").rstrip("/")

    def settle(self, sources: Iterable[str]) -> "Context":
        """This context, or an unknown one where a COPY source is absent but stands below an ancestor of the root, up
        to the repository's: then the build is run from there."""
        _, absent = self._sorted(sources)
        for ancestor in _ancestors_in_repository(self.root) if self.root is not None and absent else ():
            for source in absent:
                if (ancestor / source).exists():
                    return self._elsewhere(source)
        return self

    def at_home(self, sources: Iterable[str]) -> "Context":
        """This context, or an unknown one where a folder above the root, up to the repository's, has all COPY sources
        that the root has, and more: what is here by the same name (``pyproject.toml``) is not what the build copies.

        Stricter than `settle`, as it takes away what is present, too.
        """
        here, absent = self._sorted(sources)
        for ancestor in _ancestors_in_repository(self.root) if self.root is not None and absent else ():
            more = next((source for source in absent if (ancestor / source).exists()), None)
            if more is not None and all((ancestor / source).exists() for source in here):
                return self._elsewhere(more)
        return self

    def _sorted(self, sources: Iterable[str]) -> tuple[list[str], list[str]]:
        """The sources without a wildcard or a variable that are in the folder, and those that are not."""
        written = [one for one in map(_clean, sources) if one and not has_wildcard(one) and "$" not in one]
        here = [source for source in written if self.present(source) is True]
        return here, [source for source in written if self.present(source) is False]

    def _elsewhere(self, source: str) -> "Context":
        """The repository around it is known all the same."""
        name = self.root.name if self.root is not None else ""
        reason = f"{source} is not below {name or '.'}, but stands in a folder above"
        return Context(None, Ignore(), self.root, reason)

    def _hidden(self, file: ContextFile) -> bool:
        """Whether the build does not see it. An ignored folder is seen where an exception lets something in it be."""
        if not file.path or not self.ignore.patterns or not self.ignore.ignores(file.path):
            return False
        return not (file.is_dir and self.ignore.may_show_below(file.path) and next(self._below(file.path), None))

    def _resolve(self, path: str) -> ContextFile | None:
        """The entry at a path, links followed; those that point out of the context end at its root, as in the build."""
        assert self._tree is not None
        waiting = [name for name in reversed(path.split("/")) if name]
        reached, links = "", 0
        entry = self._tree.entry("")
        while waiting:
            if entry is None or not entry.is_dir:
                return None
            name = waiting.pop()
            if name == "..":
                reached = posixpath.dirname(reached)
                entry = self._tree.entry(reached)
                continue
            entry = self._tree.entry(posixpath.join(reached, name))
            if entry is not None and entry.link is not None:
                links += 1
                if links > _MAX_LINKS:
                    return None
                if entry.link.startswith("/"):
                    reached = ""
                waiting.extend(part for part in reversed(entry.link.split("/")) if part not in ("", "."))
                entry = self._tree.entry(reached)
            elif entry is not None:
                reached = entry.path
        return entry

    def _below(self, path: str) -> Iterator[ContextFile]:
        assert self._tree is not None
        waiting = [path]
        while waiting:
            folder = waiting.pop()
            if folder != path:
                entry = self._tree.entry(folder)
                if entry is None:
                    continue
                ignored = self.ignore.ignores(folder)
                if not ignored:
                    yield entry
                if not entry.is_dir or (ignored and not self.ignore.may_show_below(folder)):
                    continue
            names = self._tree.names(folder)
            waiting.extend(posixpath.join(folder, name) for name in reversed(names))

    def _glob(self, pattern: str) -> Iterator[ContextFile]:
        """Name by name, so that only folders that a part of the pattern matches are opened."""
        assert self._tree is not None
        reached = [""]
        for part in pattern.split("/"):
            try:
                glob = compile_glob(part, deep=False)
            except BadPattern:
                return
            following: list[str] = []
            for folder in reached:
                names = self._tree.names(folder)
                following.extend(posixpath.join(folder, name) for name in names if glob.matches(name))
            reached = following
        for path in reached:
            found = self._resolve(path)
            entry = self._tree.entry(path)
            if found is not None and entry is not None and not self._hidden(entry):
                yield found


def _clean(path: str) -> str:
    """Relative to the root and without ``.``; a leading slash means the root, and nothing climbs above it."""
    return posixpath.normpath("/" + path.replace("//", "/")).strip("/")


def _ancestors_in_repository(root: Path) -> Iterator[Path]:
    """The folders above `root` up to the repository's root; none where it lies in no repository."""
    here = root.resolve()
    repository = next(
        (one for one in (here, *here.parents) if any((one / mark).exists() for mark in _REPOSITORY_MARKS)), None
    )
    if repository is None:
        return
    for ancestor in here.parents:
        if not ancestor.is_relative_to(repository):
            return
        yield ancestor
