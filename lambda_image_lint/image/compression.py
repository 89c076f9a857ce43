"""Decompression told by magic bytes, in bounded pieces, with the digests of what goes in and what comes out."""

import hashlib
import io
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from lambda_image_lint.image.layers import Compression

if TYPE_CHECKING:
    from lambda_image_lint.image.zstd_frames import ZstdFrames

CHUNK = 256 * 1024
"""Bytes handed on at a time. Measured: 64 to 256 KiB are equally fast, larger only takes memory."""
SNIFFED = 512
"""Bytes that tell a blob's form: a tar's magic lies at 257."""
_BATCH = 4 * CHUNK
"""Bytes that are handed on for hashing at a time. Measured: waking the other thread for each chunk costs a tenth."""
_QUEUED = 3
"""Batches that wait to be hashed, per layer: bounds the memory."""


class StreamDamaged(Exception):  # noqa: N818 - says what is the case
    """A compressed stream is malformed or ends early."""


def sniff(first: bytes) -> Compression:
    """How a blob is stored, by its first 512 bytes. An empty blob is an empty tar."""
    if first.startswith(b"\x1f\x8b"):
        return Compression.GZIP
    if first.startswith(b"\x28\xb5\x2f\xfd") or _is_skippable_frame(first):
        return Compression.ZSTD
    if first[257:262] == b"ustar" or not first.strip(b"\0") or _is_old_tar(first):
        return Compression.NONE
    return Compression.UNKNOWN


def _is_skippable_frame(first: bytes) -> bool:
    # zstd:chunked and others put a frame of their own before the data. Source: RFC 8878 §3.1.2.
    return len(first) > 4 and first[1:4] == b"\x2a\x4d\x18" and first[0] & 0xF0 == 0x50


def _is_old_tar(first: bytes) -> bool:
    # A tar from before POSIX has no magic; its header's checksum is as good.
    digits = first[148:156].strip(b" \0")
    total = sum(first[:148] + b" " * 8 + first[156:])
    return len(first) == SNIFFED and digits.lstrip(b"0") == b"%o" % total


_Work = tuple[Callable[[bytes], None], bytes]
"""What takes the bytes, and they."""


class Digests:
    """SHA-256 of a blob and of the tar in it, computed in a thread of its own while the tar is worked on.

    Measured: decompression keeps one core busy; hashing beside it, not after it, costs no time on two.
    """

    def __init__(self) -> None:
        self._blob = hashlib.sha256()
        self._tar = hashlib.sha256()
        self._batch: list[_Work] = []
        self._batch_bytes = 0
        # Two queues without a bound, and a token for each batch that may wait: `Queue` with a bound takes ten times as long.
        self._work: SimpleQueue[list[_Work] | None] = SimpleQueue()
        self._room: SimpleQueue[None] = SimpleQueue()
        for _ in range(_QUEUED):
            self._room.put(None)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()
        self.blob_bytes = 0
        self.tar_bytes = 0
        self.is_plain = False
        """The tar is the blob itself, as in what ``docker save`` writes: one digest serves both."""
        self.is_known = False
        """Somebody else computes them: the bytes are only counted, and both digests come out empty."""

    def add_blob(self, data: bytes) -> None:
        """The next bytes as stored; waits where too many are still to be hashed."""
        self.blob_bytes += len(data)
        self._add(self._blob.update, data)

    def add_tar(self, data: bytes) -> None:
        """The next bytes of the tar."""
        self.tar_bytes += len(data)
        if not self.is_plain:
            self._add(self._tar.update, data)

    def finish(self) -> tuple[str, str]:
        """``sha256:…`` of the blob and of the tar, as far as they came; empty where they are known.

        To be called once: it ends the thread.
        """
        self._work.put(self._batch)
        self._work.put(None)
        self._thread.join()
        if self.is_known:
            return "", ""
        tar = self._blob if self.is_plain else self._tar
        return f"sha256:{self._blob.hexdigest()}", f"sha256:{tar.hexdigest()}"

    def _add(self, update: Callable[[bytes], None], data: bytes) -> None:
        if self.is_known:
            return
        self._batch.append((update, data))
        self._batch_bytes += len(data)
        if self._batch_bytes >= _BATCH:
            self._room.get()
            self._work.put(self._batch)
            self._batch, self._batch_bytes = [], 0

    def _run(self) -> None:
        while (batch := self._work.get()) is not None:
            for update, data in batch:
                update(data)
            self._room.put(None)


class BlobStream(io.RawIOBase):
    """A blob's bytes as they are stored: hashed as they are read, and with the first of them known beforehand."""

    def __init__(self, stream: BinaryIO, digests: Digests) -> None:
        self._stream = stream
        self._digests = digests
        self._first = self._read_first()
        self.compression = sniff(self._first)

    def readable(self) -> bool:
        """True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; empty at the end only."""
        if self._first:
            first, self._first = (
                self._first[:size] if size >= 0 else self._first,
                b"" if size < 0 else self._first[size:],
            )
            return first
        return self._take(CHUNK if size < 0 else size)

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """As the io module has it."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def drain(self) -> None:
        """Read what is left, for the digest's sake."""
        self._first = b""
        while self._take(CHUNK):
            pass

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._digests.add_blob(data)
        return data

    def _read_first(self) -> bytes:
        first = b""
        while len(first) < SNIFFED and (more := self._take(SNIFFED - len(first))):
            first += more
        return first


def decompressed(stream: BinaryIO, compression: Compression) -> Iterator[bytes]:
    """The tar's bytes, in pieces of at most `CHUNK`. Raises `StreamDamaged`; what came before it stands."""
    if compression is Compression.GZIP:
        return _gunzip(stream)
    if compression is Compression.ZSTD:
        return _unzstd(stream)
    return iter(lambda: stream.read(CHUNK), b"")


def _gunzip(stream: BinaryIO) -> Iterator[bytes]:
    import zlib

    from isal import igzip, isal_zlib

    # Reads any number of members, and tolerates zeros after the last one.
    with igzip.open(stream, "rb") as file:  # type: ignore[no-untyped-call]
        while True:
            try:
                chunk: bytes = file.read(CHUNK)
            except (EOFError, igzip.BadGzipFile, isal_zlib.error, zlib.error) as error:  # type: ignore[misc]
                raise StreamDamaged(f"the gzip stream is damaged: {error}") from error
            if not chunk:
                return
            yield chunk


def _unzstd(stream: BinaryIO) -> Iterator[bytes]:
    import zstandard

    from lambda_image_lint.image.zstd_frames import ZstdFrames

    frames = ZstdFrames()
    # A frame may ask for a window of gigabytes; 128 MiB is what the zstd program itself grants.
    decompressor = zstandard.ZstdDecompressor(max_window_size=2**27)
    watched = cast(IO[bytes], _Watched(stream, frames))
    with decompressor.stream_reader(watched, read_across_frames=True, closefd=False) as reader:
        while True:
            try:
                chunk: bytes = reader.read(CHUNK)
            except (zstandard.ZstdError, ValueError) as error:
                raise StreamDamaged(f"the zstd stream is damaged: {error}") from error
            if not chunk:
                break
            yield chunk
    if not frames.is_between_frames:
        raise StreamDamaged("the zstd stream is damaged: it ends in the middle of a frame")


class _Watched:
    """A stream whose bytes a follower of frames sees too."""

    def __init__(self, stream: BinaryIO, frames: "ZstdFrames") -> None:
        self._stream = stream
        self._frames = frames

    def read(self, size: int) -> bytes:
        """The next bytes, shown to the follower first."""
        data = self._stream.read(size)
        self._frames.feed(data)
        return data
