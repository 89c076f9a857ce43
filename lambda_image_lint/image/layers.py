"""What the one pass over the layers has found: sizes, waste by cause, and whatever is odd about the entries."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import overload

from msgspec import Struct, field

from lambda_image_lint.image.descriptor import Descriptor
from lambda_image_lint.image.problem import Problem
from lambda_image_lint.records import AbstractRecord


class Compression(StrEnum):
    """How a layer's blob is stored, told by its magic bytes."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    UNKNOWN = "unknown"
    """Neither a tar nor any of these; nothing of the layer could be read."""


class Cause(StrEnum):
    """Why the payload of a file is not in the final tree."""

    OVERWRITTEN_IDENTICAL = "overwritten-identical"
    """The same content was written again: a chmod, chown or touch, or the same COPY twice."""
    OVERWRITTEN_DIFFERENT = "overwritten-different"
    DELETED_FILE = "deleted-file"
    """A whiteout names the file itself."""
    DELETED_DIRECTORY = "deleted-directory"
    """A whiteout names a directory above it."""
    OPAQUE = "opaque"
    """A directory above it was replaced whole by an opaque one."""
    REPLACED_BY_OTHER_TYPE = "replaced-by-other-type"
    """It, or a directory above it, gave way to something of another type."""
    UNREACHABLE = "unreachable"
    """Its entry could not take a place in the tree at all."""


class Oddity(StrEnum):
    """What is unusual about an entry of a layer's tar."""

    MISSING_PARENT = "missing-parent"
    """At this point of the stream its parent directory is not there: Lambda refuses the image."""
    PARENT_NOT_DIRECTORY = "parent-not-directory"
    """Its parent is a file; taken as replaced by a directory."""
    PARENT_IS_SYMLINK = "parent-is-symlink"
    """A parent is a symlink; builders that stack layers and those that unpack them in place part ways here."""
    PARENT_LOOPS = "parent-loops"
    """Its parents are symlinks that lead in a circle, so it has no place in the tree."""
    PATH_TRAVERSAL = "path-traversal"
    """Its name has ``..`` in it; taken as relative to the root, which it cannot leave."""
    ABSOLUTE_NAME = "absolute-name"
    HARD_LINK_TARGET_MISSING = "hard-link-target-missing"
    """It links to nothing, so it has no place in the tree."""
    HARD_LINK_TO_LOWER_LAYER = "hard-link-to-lower-layer"
    """It links to a file of a layer below, which the image specification does not provide for."""
    NAME_TOO_LONG = "name-too-long"
    """No Linux file system takes a name over 255 bytes or a path over 4095; passed over."""
    DUPLICATE = "duplicate"
    """The same path came before in the same layer, not as a directory."""
    DANGLING_WHITEOUT = "dangling-whiteout"
    """It deletes what the layers below do not have."""
    SPARSE = "sparse"
    """A sparse file, which the image specification advises against."""
    DEVICE = "device"
    UNKNOWN_TYPE = "unknown-type"
    """An entry type that no unpacker knows; passed over."""
    NAME_NOT_UTF8 = "name-not-utf8"
    CONTROL_CHARACTERS = "control-characters"
    """Its name holds control characters: escape it before it is shown."""


class Anomaly(Struct, frozen=True):
    """One odd entry."""

    kind: Oddity
    path: str
    """Absolute; bytes that are not UTF-8 are surrogates."""
    detail: str = ""
    """What goes with it: the missing parent, the link's target, the symlink on the way."""


class Death(Struct, frozen=True):
    """Payload that one layer made and a layer, later or the same, put out of sight; over all files of one cause."""

    cause: Cause
    made_by: int
    """Index of the layer that holds the bytes."""
    killed_by: int
    """Index of the layer that hid them."""
    bytes: int
    files: int
    largest: tuple[tuple[str, int], ...]
    """The ten largest of those files, largest first: path and bytes."""


class Layer(Struct, frozen=True):
    """One layer, read from front to back."""

    index: int
    """From 0, base first."""
    descriptor: Descriptor | None
    """The manifest's; None where the source keeps no manifest."""
    digest: str | None
    """Of the blob as stored: the manifest's, else computed; None where the source stores layers in a form of its own."""
    diff_id: str
    """SHA-256 of the uncompressed tar, ``sha256:…``: computed, or checked by the daemon that sent it."""
    created_by: str
    """The step that made it, unmasked; empty where the history does not tell."""
    media_type: str | None
    """As declared."""
    compression: Compression
    compressed_bytes: int | None
    """Length of the blob as a registry holds it; None where the source does not hold it so."""
    uncompressed_bytes: int
    """Length of the tar stream, headers and padding included."""
    entries: int
    """Headers of files, directories, links and whiteouts; extension headers are part of the entry that follows."""
    payload_bytes: int
    """Content of the regular files, hard links excluded."""
    dead: Mapping[Cause, int] = field(default_factory=dict)
    """Bytes of this layer's payload that are not in the final tree, by cause."""
    anomalies: tuple[Anomaly, ...] = ()
    """In tar order; of each kind the first hundred."""
    anomaly_counts: Mapping[Oddity, int] = field(default_factory=dict)
    """All of them."""

    @property
    def dead_bytes(self) -> int:
        """Payload of this layer that is not in the final tree."""
        return sum(self.dead.values())

    @property
    def missing_parents(self) -> tuple[Anomaly, ...]:
        """The first entries whose parent directory is not there; `anomaly_counts` has how many there are."""
        return tuple(anomaly for anomaly in self.anomalies if anomaly.kind is Oddity.MISSING_PARENT)


class Layers(Struct, Sequence[Layer], frozen=True, metaclass=AbstractRecord):
    """All layers, base first, and the sums over them."""

    layers: tuple[Layer, ...]
    files: int
    """Names of regular files in the final tree; each name of a hard-linked file counts."""
    live_bytes: int
    """Payload of regular files of which at least one name is in the final tree."""
    deaths: tuple[Death, ...] = ()
    """The dead payload by cause, maker and killer; most bytes first."""
    problems: tuple[Problem, ...] = ()
    """What did not hold: digests, sizes, diff_ids, streams."""
    is_complete: bool = True
    """False: a layer could not be read to its end, so that all sums are too small and the final tree is unknown."""

    def __len__(self) -> int:
        return len(self.layers)

    @overload
    def __getitem__(self, index: int) -> Layer: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Layer, ...]: ...
    def __getitem__(self, index: int | slice) -> Layer | tuple[Layer, ...]:
        return self.layers[index]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    @property
    def uncompressed_bytes(self) -> int:
        """Length of all tar streams: what Lambda's limit of 10 GiB counts."""
        return sum(layer.uncompressed_bytes for layer in self.layers)

    @property
    def compressed_bytes(self) -> int | None:
        """Length of all blobs as a registry holds them; None where the source does not hold them so."""
        sizes = [layer.compressed_bytes for layer in self.layers if layer.compressed_bytes is not None]
        return sum(sizes) if len(sizes) == len(self.layers) else None

    @property
    def dead_bytes(self) -> int:
        """Payload that is in the layers and not in the final tree."""
        return sum(layer.dead_bytes for layer in self.layers)

    @property
    def efficiency(self) -> float:
        """Live payload by all payload, 0 to 1; 1 where there is none."""
        total = self.live_bytes + self.dead_bytes
        return self.live_bytes / total if total else 1.0
