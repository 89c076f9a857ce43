"""The flattened file system of an image: inodes, not paths; symlinks followed inside the image only."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from operator import attrgetter

from msgspec import Struct

from lambda_image_lint.image.glob import compile_glob, literal_folder

SYMLINKS_MAX = 40
"""Symlinks that Linux follows in one look-up before it says ELOOP. Source: path_resolution(7)."""


_PATH = attrgetter("path")


class NodeKind(StrEnum):
    """What a path is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    CHARACTER_DEVICE = "character-device"
    BLOCK_DEVICE = "block-device"
    FIFO = "fifo"


class Inode(Struct, eq=False, gc=False):
    """What one or more names stand for. Directories know their children.

    Compact and quick to make, since an image has a million; none leads back to itself, so no collector need look at it.
    """

    kind: NodeKind
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    layer: int
    entry: int
    names: int = 1
    children: "dict[str, Inode] | None" = None
    link: str | None = None
    fingerprint: int | None = None
    xattrs: Mapping[str, bytes] | None = None
    device: tuple[int, int] | None = None


class Node(Struct, frozen=True, gc=False):
    """A path of the tree and what it stands for."""

    path: str
    """Absolute, without symlinks on the way; bytes that are not UTF-8 are surrogates."""
    inode: Inode

    @property
    def kind(self) -> NodeKind:
        """What it is."""
        return self.inode.kind

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def mode(self) -> int:
        """Permission bits, 0 to 0o7777."""
        return self.inode.mode

    @property
    def uid(self) -> int:
        """Owner."""
        return self.inode.uid

    @property
    def gid(self) -> int:
        """Group."""
        return self.inode.gid

    @property
    def size(self) -> int:
        """Bytes of a regular file, holes of a sparse one included; 0 for all else."""
        return self.inode.size

    @property
    def mtime(self) -> int:
        """Seconds since 1970, rounded down."""
        return self.inode.mtime

    @property
    def link(self) -> str | None:
        """What a symlink holds, as written; None for all else."""
        return self.inode.link

    @property
    def layer(self) -> int:
        """Index of the layer whose entry it is; -1 for a directory that no layer has an entry for."""
        return self.inode.layer

    @property
    def fingerprint(self) -> int | None:
        """64 bits of a regular file's content: equal for equal contents, not proof against a forger; None unknown."""
        return self.inode.fingerprint

    @property
    def names(self) -> int:
        """How many names the inode has in the final tree."""
        return self.inode.names

    @property
    def xattrs(self) -> Mapping[str, bytes]:
        """Extended attributes: ``security.capability`` and the like."""
        return self.inode.xattrs or {}

    @property
    def device(self) -> tuple[int, int] | None:
        """Major and minor number of a device."""
        return self.inode.device

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return self.inode.kind is NodeKind.FILE

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return self.inode.kind is NodeKind.DIRECTORY

    @property
    def is_symlink(self) -> bool:
        """Whether it is a symlink."""
        return self.inode.kind is NodeKind.SYMLINK

    def same_inode(self, other: "Node") -> bool:
        """Whether both are names of one file."""
        return self.inode is other.inode


class FileTree:
    """All that a container of the image sees at its root; once somebody lists it, nobody changes it any more."""

    def __init__(self, root: Inode) -> None:
        self.root = root

    @cached_property
    def nodes(self) -> "tuple[Node, ...]":
        """Everything but the root itself, sorted by path, so that what is below a folder stands together."""
        found: list[Node] = []
        waiting = [("", self.root)]
        while waiting:
            prefix, directory = waiting.pop()
            for name, inode in (directory.children or {}).items():
                path = f"{prefix}/{name}"
                found.append(Node(path, inode))
                if inode.children:
                    waiting.append((path, inode))
        found.sort(key=_PATH)
        return tuple(found)

    def find(self, path: str) -> Node | None:
        """The node at an absolute path, symlinks followed; None where nothing is there, or a link dangles or loops."""
        return self._walk_to(path, follow_last=True)

    def lookup(self, path: str) -> Node | None:
        """The node at an absolute path; symlinks are followed on the way, the last part is not."""
        return self._walk_to(path, follow_last=False)

    def children(self, folder: str) -> Iterator[Node]:
        """What lies directly in a folder, sorted by name; nothing where it is none."""
        node = self.find(folder)
        if node is not None and node.inode.children is not None:
            prefix = node.path.rstrip("/")
            for name in sorted(node.inode.children):
                yield Node(f"{prefix}/{name}", node.inode.children[name])

    @cached_property
    def paths(self) -> list[str]:
        """Those of `nodes`."""
        return [node.path for node in self.nodes]

    def span(self, folder: str) -> slice:
        """Where in `nodes` that stands which lies below a folder; symlinks are not followed below it."""
        node = self.find(folder)
        if node is None:
            return slice(0, 0)
        if node.inode is self.root:
            return slice(0, len(self.nodes))
        # "0" is what follows "/".
        return slice(*(bisect_left(self.paths, node.path + end) for end in ("/", "0")))

    def under(self, folder: str) -> Sequence[Node]:
        """Everything below a folder, sorted by path; symlinks are not followed below it."""
        return self.nodes[self.span(folder)]

    def walk(self) -> Sequence[Node]:
        """Everything but the root itself, sorted by path."""
        return self.nodes

    def glob(self, pattern: str) -> Iterator[Node]:
        """Nodes whose path matches an absolute pattern: ``*`` and ``?`` stay within a name, ``**`` crosses slashes.

        Symlinks are followed in the part before the first wildcard only; the paths that come are those without them.
        """
        folder = literal_folder(pattern)
        start = self.find(folder)
        if start is None:
            return
        rest = pattern[0 if folder == "/" else len(folder) :]
        # What may cross slashes cannot be taken apart at them: ``**``, and a set.
        if "**" in rest or "[" in rest:
            matches = compile_glob(start.path.rstrip("/") + rest).match
            span = self.span(start.path)
            for row, path in enumerate(self.paths[span], span.start):
                if matches(path):
                    yield self.nodes[row]
            return
        found = [Node("" if start.inode is self.root else start.path, start.inode)]
        for part in rest.split("/")[1:]:
            matches = compile_glob(part).match
            found = [
                Node(f"{node.path}/{name}", inode)
                for node in found
                for name, inode in (node.inode.children or {}).items()
                if matches(name)
            ]
        yield from sorted(found, key=_PATH)

    def _walk_to(self, path: str, follow_last: bool) -> Node | None:
        waiting = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        parents = [self.root]
        names: list[str] = []
        followed = 0
        while waiting:
            part = waiting.pop()
            children = parents[-1].children
            if children is None:
                return None
            if part == "..":
                if names:
                    names.pop()
                    parents.pop()
                continue
            inode = children.get(part)
            if inode is None:
                return None
            if inode.link is not None and (waiting or follow_last):
                followed += 1
                if followed > SYMLINKS_MAX:
                    return None
                if inode.link.startswith("/"):
                    del parents[1:], names[:]
                waiting.extend(step for step in reversed(inode.link.split("/")) if step not in ("", "."))
                continue
            names.append(part)
            parents.append(inode)
        return Node("/" + "/".join(names), parents[-1])
