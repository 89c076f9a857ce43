"""The least that a source of images must give. Everything else is worked out from it by `Image`.

There are two kinds. Most sources can open any blob at any time: registry, OCI layout, an archive that can seek. Some
are one stream that passes by once: what the Docker daemon sends, an archive on standard input. Their layers come in
any order and the list that orders them may come last, so each layer is scanned as it goes by and joined afterwards:
`Image` calls `read_through` once, before anything that `one_pass` covers, and matches what it scanned to `layers` by
`Blob.key`. Where the cache has all layers it does not call it: if only they pass by, or if the stream has an
`identity` under which its documents are kept.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from enum import Enum
from typing import BinaryIO, Protocol

from msgspec import Struct

from lambda_image_lint.image.descriptor import Descriptor


class BlobDamaged(Exception):  # noqa: N818 - says what is the case
    """The image itself is at fault: a blob that its manifest names is not there, or its bytes end early.

    Raised by `Blob.open` or by reading what that returned. It becomes a `Problem`, and the rest of the image is still
    read. A source that fails (network, daemon, permission) raises `SourceError` instead, which ends the job.
    """


class RawManifest(Struct, frozen=True):
    """A manifest or index as the source holds it."""

    raw: bytes
    """Exact bytes: the digest is over these."""
    media_type: str | None = None
    """As the source declares it (Content-Type, the descriptor in an index.json); None where it declares nothing."""
    digest: str | None = None
    """As the source promised; checked by `Image`."""


class Blob(Protocol):
    """A layer as stored, perhaps compressed. Opened any number of times, from any thread."""

    @property
    def key(self) -> str:
        """What tells it apart from the source's other blobs: its digest, or its name in an archive."""

    @property
    def digest(self) -> str | None:
        """Of the bytes as stored, as declared; checked while reading. None where nothing declares it."""

    @property
    def size(self) -> int | None:
        """Bytes as stored, as declared; checked while reading. None where nothing declares it."""

    @property
    def media_type(self) -> str | None:
        """As declared; the content is told by its magic bytes."""

    def open(self, offset: int = 0) -> BinaryIO:
        """The bytes from `offset` on. `read(n)` may return fewer than `n`, and `b""` at the end only.

        Raises `BlobDamaged` or `SourceError`. After `read_through` a one-pass source raises `SourceError` here.
        """


class OnePass(Enum):
    """What of a source can be read only while its stream goes by."""

    NOTHING = "nothing"
    """Every blob can be opened at any time."""
    LAYERS = "layers"
    """Manifest and config come by themselves (a daemon's inspect); layers only in the stream."""
    EVERYTHING = "everything"
    """Nothing is known before the stream has been read (an archive on standard input)."""


LayerReader = Callable[[str, BinaryIO], None]
"""Scans one candidate layer of a stream: its key, and its bytes as stored.

Reads to the end of the layer unless it fails; the source skips what is left over. Whatever might be a layer is handed
over: at that time nobody knows which blobs the image has.
"""


class Source(ABC):
    """Where an image comes from. Each call is made once and lazily; nothing is read before it is asked for."""

    name: str
    """The image as reports show it: ``docker:app:1``."""
    answered_by: str
    """``Docker daemon``, ``registry localhost:5000``, ``OCI layout build/app``: which of the possible sources it was."""
    one_pass: OnePass = OnePass.NOTHING
    checks_layers: bool = False
    """Whether it has held each layer that passes by against its diff id itself, and breaks off where one differs."""
    identity: str | None = None
    """A digest that stands for all that a stream holds; None where nothing is known of it before it has passed by."""

    @abstractmethod
    def manifest(self) -> RawManifest | None:
        """The manifest or index that the reference names; None where the source keeps none (daemon, docker-archive)."""

    @abstractmethod
    def child(self, descriptor: Descriptor) -> RawManifest:
        """A child of an index. Raises `BlobDamaged` where the index names it and it is not there."""

    def holds(self, descriptor: Descriptor) -> bool:
        """Whether a child of an index is there, as far as that is known without asking for it.

        Docker saves an index with all its children and leaves out the blobs of the platforms that it never pulled:
        nobody is to blame for those, and what is linted is chosen among the others.
        """
        return True

    @abstractmethod
    def config(self, descriptor: Descriptor | None) -> bytes:
        """The config's bytes; `descriptor` is the manifest's, None where there is no manifest.

        Raises `BlobDamaged` where the manifest names it and it is not there.
        """

    @abstractmethod
    def layers(self, descriptors: Sequence[Descriptor]) -> Sequence[Blob]:
        """The layers, base first. `descriptors` are the manifest's, empty where there is no manifest.

        A source whose layers pass by gives them before as well, under their diff ids.

        One blob for each descriptor, also for those that are absent: opening them raises `BlobDamaged`.
        """

    def read_through(self, scan: LayerReader) -> None:
        """Read the one stream to its end and hand each candidate layer to `scan`, in the order they come.

        Called once, and only if `one_pass` says so. Afterwards the other methods answer from what was seen.
        """
        raise NotImplementedError(f"{type(self).__name__} is no one-pass source")

    def remembered(self) -> bytes | None:
        """The documents of a stream that has passed by, for `recall`; None where they do not stand for it for good."""
        return None

    def recall(self, documents: bytes) -> bool:
        """Answer from documents that were kept, in place of the stream, which may still pass by; whether they hold together."""
        return False

    def estimate_uncompressed(self, blob: Blob) -> int | None:
        """A layer's uncompressed length as far as a few bytes of it tell; an estimate, None where they do not tell."""
        return None

    def close(self) -> None:  # noqa: B027 - most sources hold nothing
        """Let go of connections and files."""
