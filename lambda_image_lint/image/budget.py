"""What reading one image may take in all, so that a hostile one costs bounded time and memory."""

from threading import Lock

from lambda_image_lint.image.wishes import KEPT_MAX

TAR_BYTES_MAX = 64 * 1024**3
"""Uncompressed bytes that are read of an image: six times what Lambda takes."""
ENTRIES_MAX = 4_000_000
"""Entries that are read of an image, at about 0.6 kB of memory each; images of 10 GiB have some hundred thousand."""
METADATA_MAX = 1024**3
"""Bytes of names, link targets and extended attributes that are held of an image."""


class LimitReached(Exception):  # noqa: N818 - says what is the case
    """One of the reader's own limits: the rest of the layer is not read."""


class Stopped(Exception):  # noqa: N818 - says what is the case
    """Another layer's source has failed: reading on is of no use."""


class Budget:
    """Shared by the threads that scan the layers of one image."""

    def __init__(self, kept: int = KEPT_MAX, tar_bytes: int = TAR_BYTES_MAX, entries: int = ENTRIES_MAX) -> None:
        self._lock = Lock()
        self._kept = kept
        self._tar_bytes = tar_bytes
        self._entries = entries
        self._metadata = METADATA_MAX
        self.stopped = False
        """Set by whoever gives up, read by all."""

    def take_kept(self, count: int) -> bool:
        """Whether so many bytes may be kept; then they are taken."""
        with self._lock:
            if count > self._kept:
                return False
            self._kept -= count
            return True

    def take_tar_bytes(self, count: int) -> None:
        """Raises `LimitReached` where no more may be read, `Stopped` where no more is wanted."""
        if self.stopped:
            raise Stopped
        with self._lock:
            self._tar_bytes -= count
            if self._tar_bytes < 0:
                raise LimitReached(f"more than {TAR_BYTES_MAX} bytes uncompressed; the rest is not read")

    def take_entries(self, count: int, metadata: int) -> None:
        """Raises `LimitReached` where no more may be held."""
        with self._lock:
            self._entries -= count
            self._metadata -= metadata
            if self._entries < 0:
                raise LimitReached(f"more than {ENTRIES_MAX} entries; the rest is not read")
            if self._metadata < 0:
                raise LimitReached(f"more than {METADATA_MAX} bytes of names and attributes; the rest is not read")
