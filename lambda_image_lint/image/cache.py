"""Each layer's index in the user's cache folder, so that a rerun reads only the layers that have changed.

One file a layer, named by what the layer is, what was wished for and how it was scanned. Files appear whole, by
rename, so that runs may share the folder; a file that does not hold together is thrown away and made again.
"""

import os
import sys
from array import array
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from lambda_image_lint.image.index import Anomalies, LayerIndex
from lambda_image_lint.image.layers import Anomaly, Compression, Oddity
from lambda_image_lint.image.scan import SCAN_VERSION
from lambda_image_lint.image.wishes import Kept

SIZE_MAX = 512 * 1024 * 1024
"""Bytes that the folder holds; what was used longest ago goes first."""
_LOADED_MAX = 2 * 1024**3
"""Bytes of an index once decompressed: far more than any layer's within the reader's limits gives."""
_DOCUMENTS_MAX = 4 * 1024 * 1024
"""Bytes of a stream's documents that are kept; those of a real image have some ten thousand."""
_Found = TypeVar("_Found")
_COLUMNS = ("folder", "meta", "sizes", "mtimes", "fingerprints")


def default_folder() -> Path:
    """``$XDG_CACHE_HOME/lambda-image-lint``, by default below ``~/.cache``."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or ""
        if not os.path.isabs(base):
            base = str(Path.home() / ".cache")
    return Path(base) / "lambda-image-lint" / "layers"


class LayerCache:
    """Indexes of layers by key. Never fails: without a usable folder every look-up is a miss."""

    def __init__(self, folder: Path, size_max: int = SIZE_MAX) -> None:
        self._folder = folder
        self._size_max = size_max

    def load(self, key: str, wishes: str) -> LayerIndex | None:
        """The index of a layer, or None. `key` is the blob's digest or the diff_id, `wishes` their version."""
        return _read(self._file(key, wishes), _unpack)

    def load_documents(self, identity: str) -> bytes | None:
        """What was kept of a stream under its `Source.identity`, or None."""
        return _read(self._documents(identity), _decompressed)

    def store_documents(self, identity: str, documents: bytes) -> None:
        """Keep a stream's documents; then make room."""
        from isal import igzip

        if len(documents) <= _DOCUMENTS_MAX:
            self._write(self._documents(identity), igzip.compress(documents, 1))

    def has(self, key: str, wishes: str) -> bool:
        """Whether there is a file for a layer, good or broken; costs less than loading it."""
        return self._file(key, wishes).is_file()

    def store(self, key: str, wishes: str, index: LayerIndex) -> None:
        """Keep an index, unless it is damaged or incomplete; then make room."""
        if index.problems or not index.kept_all or not index.diff_id:
            return
        self._write(self._file(key, wishes), _pack(index))

    def _write(self, file: Path, packed: bytes) -> None:
        from tempfile import NamedTemporaryFile

        if len(packed) > self._size_max // 2:
            return
        # A full disk or a read-only home costs time, not the result.
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with NamedTemporaryFile(dir=file.parent, prefix=".", suffix=".part", delete=False) as part:
                part.write(packed)
            try:
                os.replace(part.name, file)
            except OSError:
                os.unlink(part.name)
                raise
            self._make_room()

    def _file(self, key: str, wishes: str) -> Path:
        import hashlib

        name = hashlib.sha256(f"{key}|{SCAN_VERSION}|{wishes}|{sys.byteorder}".encode()).hexdigest()
        return self._folder / f"{name}.index"

    def _documents(self, identity: str) -> Path:
        import hashlib

        return self._folder / f"{hashlib.sha256(f'{identity}|{SCAN_VERSION}'.encode()).hexdigest()}.documents"

    def _make_room(self) -> None:
        files = []
        for file in self._folder.iterdir():
            # Another run may have just removed it.
            with suppress(OSError):
                status = file.stat()
                files.append((status.st_mtime, status.st_size, file))
        total = sum(size for _, size, _ in files)
        for _, size, file in sorted(files):
            if total <= self._size_max:
                return
            with suppress(OSError):
                file.unlink()
            total -= size


class _Packed(Struct, array_like=True):
    """An index as it lies in a file. Columns are bytes in this machine's order, texts their bytes: names need not be UTF-8."""

    folders: bytes
    metas: list[tuple[int, int, int]]
    kinds: bytes
    names: bytes
    columns: dict[str, bytes]
    links: dict[int, bytes]
    stored: dict[int, int]
    devices: dict[int, tuple[int, int]]
    xattrs: dict[int, list[tuple[bytes, bytes]]]
    kept: dict[int, tuple[bytes, bool, bool]]
    """Data, whether it is the whole file, whether a reader made it."""
    anomalies: list[tuple[Oddity, bytes, bytes]]
    anomaly_counts: dict[Oddity, int]
    compression: Compression
    digest: str
    diff_id: str
    blob_bytes: int
    tar_bytes: int


_BETWEEN_FOLDERS, _BETWEEN_NAMES = "//", "/"
"""What a clean path, and a name, cannot hold."""


def _pack(index: LayerIndex) -> bytes:
    from isal import igzip
    from msgspec import msgpack

    whole = _Packed(
        folders=_bytes(_BETWEEN_FOLDERS.join(index.folders)),
        metas=index.metas,
        kinds=bytes(index.kinds),
        names=_bytes(_BETWEEN_NAMES.join(index.names)),
        columns={column: getattr(index, column).tobytes() for column in _COLUMNS},
        links={row: _bytes(link) for row, link in index.links.items()},
        stored=index.stored,
        devices=index.devices,
        xattrs={row: [(_bytes(name), value) for name, value in xattrs.items()] for row, xattrs in index.xattrs.items()},
        kept={row: (kept.data, kept.is_whole, kept.is_digest) for row, kept in index.kept.items()},
        anomalies=[(anomaly.kind, _bytes(anomaly.path), _bytes(anomaly.detail)) for anomaly in index.anomalies.kept],
        anomaly_counts=index.anomalies.counts,
        compression=index.compression,
        digest=index.digest,
        diff_id=index.diff_id,
        blob_bytes=index.blob_bytes,
        tar_bytes=index.tar_bytes,
    )
    packed: bytes = igzip.compress(msgpack.encode(whole), 1)
    return packed


def _unpack(packed: bytes) -> LayerIndex:
    from msgspec import msgpack

    whole = msgpack.decode(_decompressed(packed), type=_Packed)
    anomalies = Anomalies()
    anomalies.kept = [Anomaly(kind, _text(path), _text(detail)) for kind, path, detail in whole.anomalies]
    anomalies.counts = Counter(whole.anomaly_counts)
    index = LayerIndex(
        folders=_text(whole.folders).split(_BETWEEN_FOLDERS),
        metas=whole.metas,
        kinds=bytearray(whole.kinds),
        names=_text(whole.names).split(_BETWEEN_NAMES) if whole.kinds else [],
        links={row: _text(link) for row, link in whole.links.items()},
        stored=whole.stored,
        devices=whole.devices,
        xattrs={row: {_text(name): value for name, value in xattrs} for row, xattrs in whole.xattrs.items()},
        kept={row: Kept(data, is_whole, is_digest) for row, (data, is_whole, is_digest) in whole.kept.items()},
        anomalies=anomalies,
        compression=whole.compression,
        digest=whole.digest,
        diff_id=whole.diff_id,
        blob_bytes=whole.blob_bytes,
        tar_bytes=whole.tar_bytes,
    )
    for column in _COLUMNS:
        values: array[int] = getattr(index, column)
        values.frombytes(whole.columns[column])
    _check(index)
    return index


def _decompressed(packed: bytes) -> bytes:
    """Raises whatever igzip does on a file that is not as it was written: gzip's own checksum tells."""
    from isal import igzip_lib

    decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    raw: bytes = decompressor.decompress(packed, _LOADED_MAX)
    if not decompressor.eof:
        raise ValueError("the file is cut off")
    return raw


def _read(file: Path, unpack: Callable[[bytes], _Found]) -> _Found | None:
    """What a file of the cache holds; None where there is none, or where it is broken: then it is thrown away."""
    try:
        packed = file.read_bytes()
    except OSError:
        return None
    try:
        found = unpack(packed)
    except Exception:
        # Whatever a broken file makes the decoders raise: it is worth nothing, and the layer or stream is read again.
        with suppress(OSError):
            file.unlink()
        return None
    # Read by somebody who may not write, it ages as if nobody had used it.
    with suppress(OSError):
        os.utime(file)
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _check(index: LayerIndex) -> None:
    """Raises ValueError where the columns do not fit each other."""
    rows = len(index.kinds)
    columns = (index.names, *(getattr(index, column) for column in _COLUMNS))
    if any(len(column) != rows for column in columns):
        raise ValueError("the columns differ in length")
    if rows and (max(index.folder) >= len(index.folders) or max(index.meta) >= len(index.metas)):
        raise ValueError("a row points past its table")
    if any(
        row >= rows
        for rows_of in (index.links, index.stored, index.devices, index.xattrs, index.kept)
        for row in rows_of
    ):
        raise ValueError("a table points past the rows")
