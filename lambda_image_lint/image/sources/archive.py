"""Image archives: tars from docker, podman, buildah, skopeo and bazel, in a file or on standard input, perhaps gzipped.

Which dialect it is the content tells, not the file's name. A file that can seek is read in place; a compressed one, or
standard input, passes by once and no layer of it is ever copied.
"""

import functools
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.compression import StreamDamaged, decompressed
from lambda_image_lint.image.descriptor import Descriptor
from lambda_image_lint.image.layers import Compression
from lambda_image_lint.image.manifest import parse_manifest
from lambda_image_lint.image.pax import TarDamaged
from lambda_image_lint.image.source import Blob, BlobDamaged, LayerReader, OnePass, RawManifest, Source
from lambda_image_lint.image.sources.archive_members import (
    GZIP_MAGIC,
    ZSTD_MAGIC,
    Members,
    index_members,
    is_archive,
    walk_members,
)
from lambda_image_lint.image.sources.docker_archive import MANIFEST, DockerArchive
from lambda_image_lint.image.sources.estimate import estimate_of
from lambda_image_lint.image.sources.layout import INDEX, Layout
from lambda_image_lint.image.sources.store import CHUNK, stream_of

_SAVE_AGAIN = "Save the image again"
_PLAIN_TAR = "tar"


class ArchiveStore:
    """The members of an archive as files; `Store` for the dialects."""

    def __init__(self, name: str, members: Members, open_at: Callable[[int], BinaryIO]) -> None:
        self.name = name
        self._members = members
        self._open_at = open_at

    def has(self, path: str) -> bool:
        return self.key(path) in self._members.files

    def key(self, path: str) -> str:
        return self._members.resolve(path)

    def size(self, path: str) -> int | None:
        found = self._members.files.get(self.key(path))
        return None if found is None else found[1]

    def cut(self) -> str | None:
        return self._members.cut

    def open(self, path: str, offset: int = 0) -> BinaryIO:
        resolved = self.key(path)
        if resolved not in self._members.files:
            reason = f": {self._members.cut}" if self._members.cut else ""
            raise BlobDamaged(f"{path} is not in {self.name}{reason}")
        kept = self._members.documents.get(resolved)
        if kept is not None:
            return stream_of(iter((kept[offset:],)))
        start, length = self._members.files[resolved]
        return stream_of(self._pieces(resolved, start + offset, max(0, length - offset)))

    def _pieces(self, path: str, start: int, left: int) -> Iterator[bytes]:
        with self._open_at(start) as file:
            while left:
                piece = file.read(min(CHUNK, left))
                if not piece:
                    raise BlobDamaged(f"the archive ends in the middle of {path}")
                left -= len(piece)
                yield piece


class ArchiveSource(Source):
    """An image archive. `dialect` is ``docker`` or ``oci`` where a scheme demands one, None where the content tells."""

    def __init__(self, name: str, answered_by: str, tag: str | None, dialect: str | None) -> None:
        self.name = name
        self.answered_by = answered_by
        self._tag = tag
        self._dialect = dialect

    @abstractmethod
    def _store(self) -> ArchiveStore:
        """The members. Raises `SourceError` where the archive cannot be read."""

    @functools.cached_property
    def _image(self) -> "Layout | DockerArchive":
        """The dialect that the archive speaks. Raises `SourceError` where it is no image, or cut before it tells."""
        store = self._store()
        has_index, has_list = store.has(INDEX), store.has(MANIFEST)
        if self._dialect == "oci" and not has_index:
            raise self._no_image(store, f"no {INDEX}")
        if self._dialect == "docker" and not has_list:
            raise self._no_image(store, f"no {MANIFEST}")
        if has_index and (self._dialect == "oci" or not has_list):
            return Layout(store, self._tag)
        if not has_list:
            raise self._no_image(store, f"neither {MANIFEST} nor {INDEX}")
        if has_index:
            layout = Layout(store, self._tag)
            if _is_as_pushed(layout):
                return layout
        return DockerArchive(store, self._tag)

    def _no_image(self, store: ArchiveStore, lack: str) -> SourceError:
        if cut := store.cut():
            return SourceError(f"{store.name} is cut before its list of images: {cut}", _SAVE_AGAIN)
        return SourceError(
            f"{store.name} is no image archive: it has {lack}", "Write it with docker save or skopeo copy"
        )

    def manifest(self) -> RawManifest | None:
        return self._image.manifest() if isinstance(self._image, Layout) else None

    def child(self, descriptor: Descriptor) -> RawManifest:
        return Layout(self._store(), None).child(descriptor)

    def holds(self, descriptor: Descriptor) -> bool:
        return not isinstance(self._image, Layout) or self._image.holds(descriptor)

    def config(self, descriptor: Descriptor | None) -> bytes:
        return self._image.config(descriptor) if isinstance(self._image, Layout) else self._image.config()

    def layers(self, descriptors: Sequence[Descriptor]) -> Sequence[Blob]:
        return self._image.layers(descriptors) if isinstance(self._image, Layout) else self._image.layers()


def _is_as_pushed(layout: Layout) -> bool:
    """Whether an archive that is both dialects holds the manifest that a push would send.

    False also where Docker 25.0 forgot to write it. Docker's containerd store saves what it pulled or built: an index, or compressed layers. Its older store keeps
    plain tars and no manifest; the one in the archive is made up for the archive, and a push makes another.
    """
    if not layout.has_manifest():
        return False
    manifest = parse_manifest(layout.manifest())
    return manifest.is_index or any(not layer.media_type.endswith(_PLAIN_TAR) for layer in manifest.layers)


class ArchiveFile(ArchiveSource):
    """An archive in a plain file, which is read in place."""

    def __init__(self, name: str, path: Path, tag: str | None, dialect: str | None) -> None:
        super().__init__(name, f"image archive {path}", tag, dialect)
        self._path = path

    def _store(self) -> ArchiveStore:
        return self._indexed

    @functools.cached_property
    def _indexed(self) -> ArchiveStore:
        with open_file(self._path) as file:
            members = index_members(file)
        return ArchiveStore(str(self._path), members, self._open_at)

    def _open_at(self, offset: int) -> BinaryIO:
        file = open_file(self._path)
        file.seek(offset)
        return file

    def estimate_uncompressed(self, blob: Blob) -> int | None:
        return estimate_of(blob)


class ArchiveStream(ArchiveSource):
    """An archive that passes by once: standard input, or a compressed file."""

    one_pass = OnePass.EVERYTHING

    def __init__(
        self,
        name: str,
        answered_by: str,
        stream: BinaryIO,
        tag: str | None,
        dialect: str | None,
        *,
        closes: bool = True,
        identity: str | None = None,
    ) -> None:
        super().__init__(name, answered_by, tag, dialect)
        self.identity = identity
        self._stream = stream
        self._closes = closes
        self._members: Members | None = None

    def read_through(self, scan: LayerReader) -> None:
        self._take(read_archive(self._stream, scan))

    def remembered(self) -> bytes | None:
        from msgspec import msgpack

        if self._members is None or not self._is_complete():
            return None
        try:
            return msgpack.encode(self._members)
        except UnicodeEncodeError:
            return None  # a member's name that is no text: no program writes such an archive

    def recall(self, documents: bytes) -> bool:
        import msgspec

        try:
            self._take(msgspec.msgpack.decode(documents, type=Members))
        except msgspec.DecodeError:
            return False
        return self._is_complete()

    def _take(self, members: Members) -> None:
        self._members = members
        self.__dict__.pop("_image", None)

    def _is_complete(self) -> bool:
        """Whether nothing can be added to what the archive holds: of an index all platforms are there.

        Of one that is there in part, more may be pulled at any time, and another platform be the one that is linted.
        """
        try:
            raw = None if self._store().cut() else self.manifest()
            children = () if raw is None else parse_manifest(raw).children
        except SourceError:
            return False  # told by whoever asks for the manifest
        return raw is not None and all(child.is_attestation or self.holds(child.descriptor) for child in children)

    def _store(self) -> ArchiveStore:
        if self._members is None:
            raise SourceError(f"{self.name} has not been read yet")
        return ArchiveStore(self.name, self._members, self._gone)

    def _gone(self, _offset: int) -> BinaryIO:
        raise SourceError(
            f"{self.name} has passed by and cannot be read again",
            "Save the image to a file and name that, to read more of it",
        )

    def close(self) -> None:
        if self._closes:
            self._stream.close()


def read_archive(stream: BinaryIO, scan: LayerReader) -> Members:
    """Walk an archive that passes by, decompressing it where it is compressed."""
    first = stream.read(len(ZSTD_MAGIC))
    whole = stream_of(_joined(first, stream))
    if first.startswith(GZIP_MAGIC):
        whole = stream_of(_decompressed(whole, Compression.GZIP))
    elif first == ZSTD_MAGIC:
        whole = stream_of(_decompressed(whole, Compression.ZSTD))
    return walk_members(whole, scan)


def _joined(first: bytes, rest: BinaryIO) -> Iterator[bytes]:
    yield first
    while chunk := rest.read(CHUNK):
        yield chunk


def _decompressed(stream: BinaryIO, compression: Compression) -> Iterator[bytes]:
    try:
        yield from decompressed(stream, compression)
    except StreamDamaged as error:
        raise TarDamaged(str(error)) from error


def open_archive(
    name: str, path: Path, tag: str | None, dialect: str | None, *, head: bytes | None = None
) -> ArchiveSource:
    """The archive in a regular file. Raises `SourceError` where the file cannot be read or is no archive."""
    if head is None:
        with open_file(path) as file:
            head = file.read(512)
    if not head:
        raise SourceError(f"{path} is empty", _SAVE_AGAIN)
    if head.startswith((GZIP_MAGIC, ZSTD_MAGIC)):
        return ArchiveStream(name, f"image archive {path}", open_file(path), tag, dialect)
    if not is_archive(head):
        raise SourceError(
            f"{path} is no image archive: it does not begin as a tar", "Write it with docker save or skopeo copy"
        )
    if head[257:262] != b"ustar":
        raise SourceError(f"{path} is compressed with neither gzip nor zstd", "Decompress it first, and name the tar")
    return ArchiveFile(name, path, tag, dialect)


def open_file(path: Path) -> BinaryIO:
    """The file for reading. Raises `SourceError` where that fails."""
    try:
        return path.open("rb")
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}", "Check the path and its permissions") from error
