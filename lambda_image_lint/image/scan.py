"""One pass over one layer: its entries, its digests, and the bytes that were wished for. Nothing is written anywhere."""

from collections.abc import Callable, Iterator
from struct import pack
from typing import BinaryIO, cast

from lambda_image_lint.image import index as columns
from lambda_image_lint.image.budget import Budget, LimitReached
from lambda_image_lint.image.compression import BlobStream, Digests, StreamDamaged, decompressed
from lambda_image_lint.image.index import LayerIndex
from lambda_image_lint.image.layers import Compression, Oddity
from lambda_image_lint.image.names import absolute, are_plain, clean, is_plain, is_too_long, oddities
from lambda_image_lint.image.pax import TarDamaged
from lambda_image_lint.image.problem import Damage, Problem
from lambda_image_lint.image.source import BlobDamaged
from lambda_image_lint.image.tar import TarEntry, TarReader
from lambda_image_lint.image.wishes import Capture, Wishes

SCAN_VERSION = 3
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
    stream: BinaryIO,
    wishes: Wishes | None = None,
    budget: Budget | None = None,
    progress: BytesDone | None = None,
    *,
    checked: bool = False,
) -> LayerIndex:
    """Read a layer from front to back. What is damaged is in the index's `problems`, with all that came before it.

    Of a plain tar that its source has `checked`, see `Source.checks_layers`, no digests are computed.

    Raises `SourceError` where the source itself fails, and `Stopped` where the budget says so.
    """
    index = LayerIndex()
    digests = Digests()
    is_blob_whole = is_tar_whole = False
    try:
        blob = BlobStream(stream, digests)
        index.compression = blob.compression
        digests.is_plain = blob.compression is Compression.NONE
        digests.is_known = checked and digests.is_plain
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
    """Writes entries into an index. Costs a third of a scan, so what nearly all entries are is told in few steps."""

    def __init__(self, index: LayerIndex, wishes: Wishes, budget: Budget) -> None:
        from isal.isal_zlib import crc32

        self._crc32 = crc32
        self._index = index
        self._wishes = wishes
        self._budget = budget
        self._folders = {"": 0}
        self._plain: dict[str, int] = {}
        """Folders as they stand in entries' names, of which there is nothing to say → row of the index's folders."""
        self._metas: dict[tuple[int, int, int], int] = {}
        self._row = 0
        """The next entry's."""
        self._rows: list[tuple[int, int, str, int, int, int, int]] = []
        """Those that are not in the index yet: its columns take many values in the time of one."""

    def record(self, reader: TarReader) -> None:
        """All entries of a tar."""
        try:
            self._record(reader)
        finally:
            self._fill_columns()

    def _record(self, reader: TarReader) -> None:
        plain = self._plain
        entries = metadata = 0
        for entry in reader:
            entries += 1
            metadata += len(entry.name) + len(entry.link)
            if entry.xattrs:
                metadata += sum(len(name) + len(value) for name, value in entry.xattrs.items())
            if entries >= _BATCH or metadata >= _BATCH_METADATA:
                self._budget.take_entries(entries, metadata)
                self._fill_columns()
                entries = metadata = 0
            kind = _KINDS.get(entry.type)
            folder, slash, name = entry.name.rpartition("/")
            # Of ``/a`` too there is no folder; that it is absolute has to be told.
            number = plain.get(folder) if folder or not slash else None
            if kind is not None and number is not None and is_plain(name):
                self._add(entry, kind, number, name, reader)
            else:
                self._add_odd(entry, kind, reader)
        self._budget.take_entries(entries, metadata)

    def _add_odd(self, entry: TarEntry, kind: int | None, reader: TarReader) -> None:
        """An entry whose name, or the folder in it, has not been looked at yet."""
        path = clean(entry.name)
        for oddity in oddities(entry.name):
            self._index.anomalies.add(oddity, f"/{path}", entry.name)
        if kind is None:
            self._index.anomalies.add(Oddity.UNKNOWN_TYPE, f"/{path}", f"type {chr(entry.type)!r}")
        elif is_too_long(path):
            self._index.anomalies.add(Oddity.NAME_TOO_LONG, f"/{path[:255]}…")
        else:
            folder, _, name = path.rpartition("/")
            number = self._folder(folder)
            written, _, last = entry.name.rpartition("/")
            # A folder's own name mostly ends in a slash; what stands before that is not the folder it lies in.
            if last == name and are_plain(written):
                self._plain[written] = number
            self._add(entry, kind, number, name, reader)

    def _add(self, entry: TarEntry, kind: int, folder: int, name: str, reader: TarReader) -> None:
        if name.startswith(_WHITEOUT):
            self._add_whiteout(entry, self._index.folders[folder], name)
            return
        index, row = self._index, self._row
        fingerprint = 0
        if kind == columns.FILE:
            if entry.is_sparse:
                index.anomalies.add(Oddity.SPARSE, absolute(index.folders[folder], name))
                index.stored[row] = entry.stored
            else:
                fingerprint = self._content(entry, row, index.folders[folder], name, reader)
        elif kind == columns.SYMLINK:
            index.links[row] = entry.link
        elif kind == columns.HARD_LINK:
            index.links[row] = clean(entry.link)
        elif entry.device is not None:
            index.devices[row] = entry.device
            path = absolute(index.folders[folder], name)
            index.anomalies.add(Oddity.DEVICE, path, f"{entry.device[0]}:{entry.device[1]}")
        if entry.xattrs:
            index.xattrs[row] = entry.xattrs
        self._add_row(entry, kind, folder, name, fingerprint)

    def _add_whiteout(self, entry: TarEntry, folder: str, name: str) -> None:
        if name == _OPAQUE:
            above, _, hidden = folder.rpartition("/")
            self._add_row(entry, columns.OPAQUE, self._folder(above), hidden)
        elif not name.startswith(_AUFS) and name[len(_WHITEOUT) :] not in ("", ".", ".."):
            self._add_row(entry, columns.WHITEOUT, self._folder(folder), name[len(_WHITEOUT) :])

    def _folder(self, path: str) -> int:
        """Row of a clean path among the folders."""
        number = self._folders.get(path)
        if number is None:
            number = self._folders[path] = len(self._index.folders)
            self._index.folders.append(path)
        return number

    def _add_row(self, entry: TarEntry, kind: int, folder: int, name: str, fingerprint: int = 0) -> None:
        meta = self._metas.get(entry.owner)
        if meta is None:
            meta = self._metas[entry.owner] = len(self._index.metas)
            self._index.metas.append(entry.owner)
        size = entry.size if kind == columns.FILE else 0
        self._rows.append((kind, folder, name, meta, size, entry.mtime, fingerprint))
        self._row += 1

    def _fill_columns(self) -> None:
        if self._rows:
            kinds, folders, names, metas, sizes, mtimes, fingerprints = zip(*self._rows, strict=True)
            index, count = self._index, len(kinds)
            index.kinds.extend(kinds)
            index.names.extend(names)
            # Not `array.extend`, which takes one value after the other apart.
            index.folder.frombytes(pack(f"{count}I", *folders))
            index.meta.frombytes(pack(f"{count}I", *metas))
            index.sizes.frombytes(pack(f"{count}q", *sizes))
            index.mtimes.frombytes(pack(f"{count}q", *mtimes))
            index.fingerprints.frombytes(pack(f"{count}Q", *fingerprints))
            self._rows.clear()

    def _content(self, entry: TarEntry, row: int, folder: str, name: str, reader: TarReader) -> int:
        """Feed a file's content to whoever wishes for it, and give its fingerprint."""
        wanted = min(self._wishes.magic_max, entry.size)
        head = reader.head(wanted)
        wishes = self._wishes.matching(folder, name, entry.size, head if len(head) == wanted else None)
        if not wishes and (whole := reader.whole_payload()) is not None:
            return self._crc32(whole) << 32 | entry.size & 0xFFFFFFFF
        capture = Capture(wishes, entry.size) if wishes else None
        crc = 0
        for piece in reader.payload():
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
