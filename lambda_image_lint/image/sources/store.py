"""What holds the files of an image: a folder, an archive that can seek, or a stream that passes by.

The dialects (`layout`, `docker_archive`) read any of them through `Store`, so that each dialect exists once.
"""

import io
import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from msgspec import Struct

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.source import BlobDamaged

DOCUMENT_MAX = 8 * 1024 * 1024
"""Bytes of a manifest, index or config that are read. Registries refuse manifests above 4 MiB
(https://github.com/opencontainers/distribution-spec, "Pushing Manifests"); a config has its history besides."""
CHUNK = 256 * 1024
"""Bytes read at once; larger chunks cost memory and gain no time."""


class StoredBlob(Struct, frozen=True):
    """A blob of a store; see `lambda_image_lint.image.source.Blob`."""

    key: str
    digest: str | None
    size: int | None
    media_type: str | None
    opener: Callable[[int], BinaryIO]

    def open(self, offset: int = 0) -> BinaryIO:
        """The bytes from `offset` on, as stored."""
        return self.opener(offset)


class Store(Protocol):
    """Files by their path inside the layout or archive, with ``/``."""

    name: str
    """As messages call it: ``app.tar``."""

    def has(self, path: str) -> bool:
        """Whether the file is there, perhaps cut."""

    def key(self, path: str) -> str:
        """The path of the file that a path leads to, links followed."""

    def size(self, path: str) -> int | None:
        """Bytes of the file, as an archive's header or the folder says; None where it is not there."""

    def open(self, path: str, offset: int = 0) -> BinaryIO:
        """Its bytes from `offset` on. Raises `BlobDamaged` where it is not there or cut, `SourceError` on failure."""

    def cut(self) -> str | None:
        """Where an archive ends before its end mark, as a clause; None where it is whole."""


def document(store: Store, path: str) -> bytes:
    """A whole small file. Raises `BlobDamaged` where it is not there or cut, `SourceError` where it is too long."""
    with store.open(path) as stream:
        return read_bounded(stream, f"{path} in {store.name}")


def read_bounded(stream: BinaryIO, what: str) -> bytes:
    """A document to its end. Raises `SourceError` where it is longer than any manifest or config can be."""
    parts: list[bytes] = []
    length = 0
    while part := stream.read(CHUNK):
        length += len(part)
        if length > DOCUMENT_MAX:
            raise SourceError(f"{what} is longer than the {DOCUMENT_MAX} bytes that are read of a document")
        parts.append(part)
    return b"".join(parts)


class DirectoryStore:
    """A folder on disk, such as an OCI layout. Paths come from `layout`, which lets only known shapes through."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.name = str(root)

    def has(self, path: str) -> bool:
        return (self._root / path).is_file()

    def key(self, path: str) -> str:
        return path

    def size(self, path: str) -> int | None:
        return (self._root / path).stat().st_size if self.has(path) else None

    def open(self, path: str, offset: int = 0) -> BinaryIO:
        try:
            file = open(self._root / path, "rb", opener=_without_waiting)  # noqa: SIM115 - the caller closes it
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise BlobDamaged(f"{path} is not in {self.name}") from error
        except OSError as error:
            raise SourceError(
                f"{path} in {self.name} cannot be read: {error.strerror}", "Check its permissions"
            ) from error
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise BlobDamaged(f"{path} in {self.name} is not a regular file")
        file.seek(offset)
        return file

    def cut(self) -> str | None:
        return None


def _without_waiting(path: str, flags: int) -> int:
    # A named pipe in place of a blob would block until somebody writes to it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class ChunkReader(io.RawIOBase):
    """A byte stream over chunks of any length; whoever closes it closes the iterator too."""

    def __init__(self, chunks: Iterator[bytes | memoryview]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._left = memoryview(chunk)
        piece, self._left = self._left[:size], self._left[size:]
        whole = piece.obj
        # Most chunks are asked for as they come: then they need not be copied.
        return whole if type(whole) is bytes and len(piece) == len(whole) else bytes(piece)

    def readinto(self, buffer: object, /) -> int:
        target = memoryview(cast(bytearray, buffer)).cast("B")
        piece = self.read(len(target))
        target[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None and not self.closed:
            close()
        super().close()


def stream_of(chunks: Iterator[bytes | memoryview]) -> BinaryIO:
    """A byte stream over chunks, for those who want a file."""
    return cast(BinaryIO, ChunkReader(chunks))


def inside(path: str) -> str:
    """A path of an archive in one spelling: no ``./``, no leading slash, and ``..`` never above the top."""
    return posixpath.normpath("/" + path).lstrip("/")
