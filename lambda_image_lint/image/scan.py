"""One pass over one layer: its entries, its digests, and the bytes that were wished for. Nothing is written anywhere."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from lambda_image_lint.image import index as columns
from lambda_image_lint.image.budget import Budget, LimitReached
from lambda_image_lint.image.compression import BlobStream, Digests, StreamDamaged, decompressed
from lambda_image_lint.image.index import LayerIndex
from lambda_image_lint.image.layers import Compression, Oddity
from lambda_image_lint.image.names import clean, is_ordinary, is_too_long, oddities
from lambda_image_lint.image.pax import TarDamaged
from lambda_image_lint.image.problem import Damage, Problem
from lambda_image_lint.image.source import BlobDamaged
from lambda_image_lint.image.tar import TarEntry, TarReader
from lambda_image_lint.image.wishes import Capture, Wishes

SCAN_VERSION = 2
"""Part of the cache's key: raised when the same layer would give another index, or its file another form."""

BytesDone = Callable[[int], None]
"""Told how many of the blob's bytes, as stored, have been read."""

_KINDS = {
    0x30: columns.FILE,
    0x31: columns.HARD_LINK,
    0x32: columns.SYMLINK,
    0x33: columns.CHARACTER_DEVICE,
    0x34: columns.BLOCK_DEVICE,
    0x35: columns.DIRECTORY,
    0x36: columns.FIFO,
}
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_AUFS = ".wh..wh."
"""AUFS's own files, which mean nothing outside it."""
_BATCH, _BATCH_METADATA = 256, 1024 * 1024
"""Entries, and bytes of names and attributes, after which the shared budget is asked."""


def scan_layer(
    stream: BinaryIO, wishes: Wishes | None = None, budget: Budget | None = None, progress: BytesDone | None = None
) -> LayerIndex:
    """Read a layer from front to back. What is damaged is in the index's `problems`, with all that came before it.

    Raises `SourceError` where the source itself fails, and `Stopped` where the budget says so.
    """
    index = LayerIndex()
    digests = Digests()
    is_blob_whole = is_tar_whole = False
    try:
        blob = BlobStream(stream, digests)
        index.compression = blob.compression
        digests.is_plain = blob.compression is Compression.NONE
        if blob.compression is Compression.UNKNOWN:
            index.problems.append(Problem(Damage.STREAM, "the layer is neither a tar nor gzip nor zstd"))
        else:
            is_tar_whole = _read(blob, digests, index, wishes or Wishes(), budget or Budget(), progress)
        blob.drain()
        is_blob_whole = True
    except BlobDamaged as error:
        index.problems.append(Problem(Damage.STREAM, str(error)))
    except LimitReached as error:
        index.problems.append(Problem(Damage.LIMIT, str(error)))
    finally:
        digest, diff_id = digests.finish()
    index.digest = digest if is_blob_whole else ""
    index.diff_id = diff_id if is_tar_whole else ""
    index.blob_bytes, index.tar_bytes = digests.blob_bytes, digests.tar_bytes
    return index


def _read(
    blob: BlobStream, digests: Digests, index: LayerIndex, wishes: Wishes, budget: Budget, progress: BytesDone | None
) -> bool:
    """Whether the tar could be decompressed to its end."""
    chunks = _watched(decompressed(cast(BinaryIO, blob), blob.compression), digests, budget, progress)
    try:
        try:
            _Recorder(index, wishes, budget).record(TarReader(chunks))
        except TarDamaged as error:
            index.problems.append(Problem(Damage.STREAM, str(error)))
            # The digest still tells whether it was built so, or was damaged on its way.
            for _ in chunks:
                pass
    except StreamDamaged as error:
        index.problems.append(Problem(Damage.STREAM, str(error)))
        return False
    return True


def _watched(chunks: Iterator[bytes], digests: Digests, budget: Budget, progress: BytesDone | None) -> Iterator[bytes]:
    for chunk in chunks:
        budget.take_tar_bytes(len(chunk))
        digests.add_tar(chunk)
        yield chunk
        if progress is not None:
            progress(digests.blob_bytes)


class _Recorder:
    """Writes entries into an index."""

    def __init__(self, index: LayerIndex, wishes: Wishes, budget: Budget) -> None:
        from isal.isal_zlib import crc32

        self._crc32 = crc32
        self._index = index
        self._wishes = wishes
        self._budget = budget
        self._folders = {"": 0}
        self._metas: dict[tuple[int, int, int], int] = {}
        self._entries = 0
        self._metadata = 0

    def record(self, reader: TarReader) -> None:
        """All entries of a tar."""
        for entry in reader:
            self._account(entry)
            kind = _KINDS.get(entry.type)
            path = clean(entry.name)
            ordinary = is_ordinary(entry.name)
            for oddity in () if ordinary else oddities(entry.name):
                self._index.anomalies.add(oddity, f"/{path}", entry.name)
            if kind is None:
                self._index.anomalies.add(Oddity.UNKNOWN_TYPE, f"/{path}", f"type {chr(entry.type)!r}")
            elif not ordinary and is_too_long(path):
                self._index.anomalies.add(Oddity.NAME_TOO_LONG, f"/{path[:255]}…")
            else:
                self._add(entry, kind, path, reader)
        self._flush()

    def _account(self, entry: TarEntry) -> None:
        self._entries += 1
        self._metadata += len(entry.name) + len(entry.link)
        if entry.xattrs:
            self._metadata += sum(len(name) + len(value) for name, value in entry.xattrs.items())
        if self._entries >= _BATCH or self._metadata >= _BATCH_METADATA:
            self._flush()

    def _flush(self) -> None:
        self._budget.take_entries(self._entries, self._metadata)
        self._entries = self._metadata = 0

    def _add(self, entry: TarEntry, kind: int, path: str, reader: TarReader) -> None:
        folder, _, name = path.rpartition("/")
        if name.startswith(_WHITEOUT):
            self._add_whiteout(entry, folder, name)
            return
        row = self._row(entry, kind, folder, name)
        if kind == columns.FILE:
            if entry.is_sparse:
                self._index.anomalies.add(Oddity.SPARSE, f"/{path}")
                self._index.stored[row] = entry.stored
            else:
                self._index.fingerprints[row] = self._content(entry, row, folder, name, reader)
        elif kind == columns.SYMLINK:
            self._index.links[row] = entry.link
        elif kind == columns.HARD_LINK:
            self._index.links[row] = clean(entry.link)
        elif entry.device is not None:
            self._index.devices[row] = entry.device
            self._index.anomalies.add(Oddity.DEVICE, f"/{path}", f"{entry.device[0]}:{entry.device[1]}")
        if entry.xattrs:
            self._index.xattrs[row] = entry.xattrs

    def _add_whiteout(self, entry: TarEntry, folder: str, name: str) -> None:
        if name == _OPAQUE:
            above, _, hidden = folder.rpartition("/")
            self._row(entry, columns.OPAQUE, above, hidden)
        elif not name.startswith(_AUFS) and name[len(_WHITEOUT) :] not in ("", ".", ".."):
            self._row(entry, columns.WHITEOUT, folder, name[len(_WHITEOUT) :])

    def _row(self, entry: TarEntry, kind: int, folder: str, name: str) -> int:
        index = self._index
        row = len(index.kinds)
        number = self._folders.get(folder)
        if number is None:
            number = self._folders[folder] = len(index.folders)
            index.folders.append(folder)
        owner = (entry.mode, entry.uid, entry.gid)
        meta = self._metas.get(owner)
        if meta is None:
            meta = self._metas[owner] = len(index.metas)
            index.metas.append(owner)
        index.kinds.append(kind)
        index.folder.append(number)
        index.names.append(name)
        index.meta.append(meta)
        index.sizes.append(entry.size if kind == columns.FILE else 0)
        index.mtimes.append(entry.mtime)
        index.fingerprints.append(0)
        return row

    def _content(self, entry: TarEntry, row: int, folder: str, name: str, reader: TarReader) -> int:
        """Feed a file's content to whoever wishes for it, and give its fingerprint."""
        head = reader.head(self._wishes.magic_max)
        is_head_whole = len(head) == min(self._wishes.magic_max, entry.size)
        wishes = self._wishes.matching(folder, name, entry.size, head if is_head_whole else None)
        capture = Capture(wishes, entry.size) if wishes else None
        crc = 0
        whole = reader.whole_payload()
        for piece in reader.payload() if whole is None else (whole,):
            crc = self._crc32(piece, crc)
            if capture is not None:
                capture.feed(piece)
        kept = capture.result() if capture is not None else None
        if kept is not None:
            if self._budget.take_kept(len(kept.data)):
                self._index.kept[row] = kept
            else:
                self._index.kept_all = False
        return crc << 32 | entry.size & 0xFFFFFFFF
