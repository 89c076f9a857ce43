"""What the daemon's answers about paths, which are tar streams, say."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lambda_image_lint.boot.environment import GROUP_ID, USER_ID


@dataclass(frozen=True)
class Entry:
    """A path in a container."""

    is_directory: bool
    is_file: bool
    mode: int
    """Permission bits."""
    uid: int
    gid: int
    modified: float
    """Seconds since the epoch."""

    def may_execute(self) -> bool:
        """Whether Lambda's user may run this file, or pass through this directory."""
        shift = 6 if self.uid == USER_ID else 3 if self.gid == GROUP_ID else 0
        return bool(self.mode >> shift & 1)


def first(stream: Iterator[bytes]) -> Entry | None:
    """The entry that the answer is about; the rest of what may be a large tree is never read."""
    start = bytearray()
    for chunk in stream:
        start += chunk
        if len(start) >= 8 * tarfile.BLOCKSIZE:  # the headers of a long name included
            break
    # A cut stream would read as damaged; an end of archive reads as an end.
    ended = bytes(start) + bytes(2 * tarfile.BLOCKSIZE)
    with tarfile.open(fileobj=io.BytesIO(ended), mode="r:") as archive:
        found = archive.next()
    return None if found is None else _entry(found)


def children(stream: Iterator[bytes]) -> dict[str, Entry]:
    """What lies directly in the folder that the answer is about, by name."""
    with tarfile.open(fileobj=_Chunks(stream), mode="r|") as archive:
        paths = {info.name.rstrip("/"): _entry(info) for info in archive}
    return {path.partition("/")[2]: entry for path, entry in paths.items() if path.count("/") == 1}


def _entry(info: tarfile.TarInfo) -> Entry:
    return Entry(info.isdir(), info.isreg(), info.mode & 0o7777, info.uid, info.gid, info.mtime)


class _Chunks(io.RawIOBase):
    """The chunks of an answer as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._chunks, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
