"""The files of an image, read in one pass over its layers when the first of them is asked for."""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.finding import FilePlace, Place
from lambda_image_lint.function.model import File, Kind
from lambda_image_lint.function.walk import Entry, Link, WalkedFiles
from lambda_image_lint.image.problem import PartMissing
from lambda_image_lint.image.tree import FileTree, Node, NodeKind

if TYPE_CHECKING:
    from lambda_image_lint.image.model import Image

LAYERS_NOT_READ = Unknown("layers not read")

_KINDS = {NodeKind.FILE: Kind.FILE, NodeKind.DIRECTORY: Kind.DIRECTORY, NodeKind.SYMLINK: Kind.SYMLINK}


class ImageFile(File):
    """A file of an image. A plain class: an image has a hundred thousand, and a frozen one takes thrice as long to make."""

    def __init__(self, node: Node, image: "Image") -> None:
        inode = node.inode
        self.path = node.path
        self.kind = _KINDS.get(inode.kind, Kind.OTHER)
        self.mode: Answer[int] = inode.mode
        self.uid: Answer[int] = inode.uid
        self.gid: Answer[int] = inode.gid
        self.size: Answer[int] = inode.size
        self.node = node
        self.image = image

    @cached_property
    def place(self) -> Place:  # type: ignore[override] # one file in a thousand is asked for it
        if self.node.layer < 0:
            return FilePlace(self.path)
        layer = self.image.layers[self.node.layer]
        return FilePlace(self.path, layer.index, layer.digest or layer.diff_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ImageFile) and (self.path, self.image) == (other.path, other.image)

    def __hash__(self) -> int:
        return hash(self.path)

    def read(self, limit: int | None = None) -> Answer[bytes]:
        if self.kind is not Kind.FILE:
            return Unknown(f"{self.path} is a {self.kind.value}", self.place)
        content = self.image.read(self.path, limit)
        return Unknown(f"the content of {self.path} cannot be had", self.place) if content is None else content

    def digest(self) -> bytes | None:
        kept = self.image.kept(self.node)
        return kept.data if kept is not None and kept.is_digest else None


class ImageFiles(WalkedFiles):
    """Everything is known, or nothing is: under ``--no-layers``, and where a layer could not be read whole."""

    def __init__(self, image: "Image", *, read_layers: bool = True) -> None:
        super().__init__()
        self._image = image
        self._read_layers = read_layers
        self._under: dict[str, tuple[File, ...]] = {}

    def entry(self, path: str) -> Entry:
        tree = self._tree
        if isinstance(tree, Unknown):
            return tree
        node = tree.lookup(path)
        if node is None:
            return Absent(path)
        file = ImageFile(node, self._image)
        return file if node.link is None else Link(file, node.link)

    def paths(self, folder: str) -> Iterator[str]:
        tree = self._tree
        return iter(() if isinstance(tree, Unknown) else tree.paths[tree.span(folder)])

    def gap(self, folder: str) -> Unknown | None:
        return self._tree if isinstance(self._tree, Unknown) else None

    def known_under(self, folder: str) -> tuple[File, ...]:
        # The tree has what is below a folder in one piece; asking for each path again would walk to each. Rules ask for
        # the same few folders.
        if folder not in self._under:
            nodes = () if isinstance(self._tree, Unknown) else self._tree.under(folder)
            self._under[folder] = tuple(ImageFile(node, self._image) for node in nodes)
        return self._under[folder]

    def known_paths(self, folder: str) -> Iterator[str]:
        return self.paths(folder)

    def known_glob(self, pattern: str) -> tuple[File, ...]:
        tree = self._tree
        if isinstance(tree, Unknown):
            return ()
        return tuple(ImageFile(node, self._image) for node in tree.glob(pattern))

    @cached_property
    def _tree(self) -> FileTree | Unknown:
        if not self._read_layers:
            return LAYERS_NOT_READ
        try:
            return self._image.tree
        except PartMissing as error:
            return Unknown(error.reason)
