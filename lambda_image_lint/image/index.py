"""What one pass over a layer leaves behind: its entries in columns, in tar order."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from lambda_image_lint.image.layers import Anomaly, Compression, Oddity
from lambda_image_lint.image.problem import Problem
from lambda_image_lint.image.wishes import Kept

FILE, DIRECTORY, SYMLINK, HARD_LINK, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, WHITEOUT, OPAQUE = b"fdlhcbpwo"
"""One byte per kind of entry. Whiteouts have the name that they hide; an opaque mark has its directory's name."""

ANOMALIES_KEPT = 100
"""Of each kind in a layer; the rest is counted."""


class Anomalies:
    """Odd entries: the first of each kind whole, the others counted."""

    def __init__(self) -> None:
        self.kept: list[Anomaly] = []
        self.counts: Counter[Oddity] = Counter()

    def add(self, kind: Oddity, path: str, detail: str = "") -> None:
        """Note one."""
        self.counts[kind] += 1
        if self.counts[kind] <= ANOMALIES_KEPT:
            self.kept.append(Anomaly(kind, path, detail))


class LayerIndex(Struct):
    """The entries of one layer. Columns of equal length, one row an entry, 60 bytes and the name each."""

    folders: list[str] = field(default_factory=lambda: [""])
    """Parents' paths from the root, without slashes at the ends; the root is empty."""
    metas: list[tuple[int, int, int]] = field(default_factory=list)
    """Mode, uid and gid; few combinations serve all entries."""
    kinds: bytearray = field(default_factory=bytearray)
    folder: "array[int]" = field(default_factory=lambda: array("I"))
    """Row of `folders`."""
    names: list[str] = field(default_factory=list)
    meta: "array[int]" = field(default_factory=lambda: array("I"))
    """Row of `metas`."""
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    mtimes: "array[int]" = field(default_factory=lambda: array("q"))
    fingerprints: "array[int]" = field(default_factory=lambda: array("Q"))
    """Of regular files; 0 elsewhere, and of sparse files."""
    links: dict[int, str] = field(default_factory=dict)
    """Of symlinks, and of hard links normalised: row → target."""
    stored: dict[int, int] = field(default_factory=dict)
    """Of sparse files: row → bytes in the stream."""
    devices: dict[int, tuple[int, int]] = field(default_factory=dict)
    xattrs: dict[int, Mapping[str, bytes]] = field(default_factory=dict)
    kept: dict[int, Kept] = field(default_factory=dict)
    kept_all: bool = True
    """False: the bound on kept bytes was reached, and not all that was wished for is here."""
    anomalies: Anomalies = field(default_factory=Anomalies)
    compression: Compression = Compression.NONE
    digest: str = ""
    """Of the blob as stored, computed, or checked by the source that sent it; empty: it was not read to its end."""
    diff_id: str = ""
    """Of the tar, likewise."""
    blob_bytes: int = 0
    tar_bytes: int = 0
    problems: list[Problem] = field(default_factory=list)
    """Without their layer's number, which the scan does not know."""

    def __len__(self) -> int:
        return len(self.kinds)

    def path(self, row: int) -> str:
        """The absolute path of an entry."""
        folder = self.folders[self.folder[row]]
        name = self.names[row]
        return f"/{folder}/{name}" if folder and name else f"/{folder or name}"

    def payload(self, row: int) -> int:
        """Bytes that a regular file takes in the stream; 0 for all else."""
        return self.stored.get(row, self.sizes[row]) if self.kinds[row] == FILE else 0

    def payload_bytes(self) -> int:
        """Content of all regular files as stored; links and directories have size 0."""
        return sum(self.sizes) + sum(stored - self.sizes[row] for row, stored in self.stored.items())

    def rows(self) -> Iterator[int]:
        """All rows, in tar order."""
        return iter(range(len(self.kinds)))
