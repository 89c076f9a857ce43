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

    def __init__(self, node: Node, place: Place, image: "Image") -> None:
        self.path = node.path
        self.kind = _KINDS.get(node.kind, Kind.OTHER)
        self.mode: Answer[int] = node.mode
        self.uid: Answer[int] = node.uid
        self.gid: Answer[int] = node.gid
        self.size: Answer[int] = node.size
        self.place = place
        self.node = node
        self.image = image

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
        file = self._file(node)
        return file if node.link is None else Link(file, node.link)

    def paths(self, folder: str) -> Iterator[str]:
        if not isinstance(self._tree, Unknown):
            yield from (node.path for node in self._tree.under(folder))

    def gap(self, folder: str) -> Unknown | None:
        return self._tree if isinstance(self._tree, Unknown) else None

    def known_under(self, folder: str) -> tuple[File, ...]:
        # The tree gives nodes in one go; asking for each path again would walk it once for every file. Rules ask for
        # the same few folders.
        if folder not in self._under:
            real = self.find(folder)
            nodes = self._tree.under(real.path) if isinstance(self._tree, FileTree) and isinstance(real, File) else ()
            self._under[folder] = tuple(sorted(map(self._file, nodes), key=lambda file: file.path))
        return self._under[folder]

    def _file(self, node: Node) -> ImageFile:
        layer = node.layer if node.layer >= 0 else None
        return ImageFile(node, FilePlace(node.path, layer, self._digests.get(node.layer)), self._image)

    @cached_property
    def _tree(self) -> FileTree | Unknown:
        if not self._read_layers:
            return LAYERS_NOT_READ
        try:
            return self._image.tree
        except PartMissing as error:
            return Unknown(error.reason)

    @cached_property
    def _digests(self) -> dict[int, str]:
        return {layer.index: layer.digest or layer.diff_id for layer in self._image.layers.layers}
