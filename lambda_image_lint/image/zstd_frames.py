"""Follows the frames of a zstd stream, to tell whether it ends where a frame does.

The zstandard package takes a stream that is cut off for one that has ended. Source for the format: RFC 8878 §3.1.
"""

from collections.abc import Generator
from enum import Enum

_MAGIC = 0xFD2FB528
_RLE, _RESERVED = 1, 3


class ZstdFrames:
    """Is fed the compressed bytes, in pieces of any size, and keeps none of them."""

    def __init__(self) -> None:
        self._steps = _frames()
        self._missing, self._step = next(self._steps)
        self._part = b""

    @property
    def is_between_frames(self) -> bool:
        """Whether the stream may end here."""
        return self._step is _Step.MAGIC and not self._part

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises ValueError where they are no zstd."""
        at = 0
        while at < len(data):
            taken = min(self._missing, len(data) - at)
            if self._step is not _Step.CONTENT:
                self._part += data[at : at + taken]
            at += taken
            self._missing -= taken
            while self._missing == 0:
                part, self._part = self._part, b""
                self._missing, self._step = self._steps.send(part)


class _Step(Enum):
    MAGIC = "magic"
    HEADER = "header"
    """Bytes that say how it goes on."""
    CONTENT = "content"
    """Bytes that are passed over."""


def _frames() -> Generator[tuple[int, _Step], bytes, None]:
    """Asks for a number of bytes and is sent them, but for content."""
    while True:
        magic = int.from_bytes((yield 4, _Step.MAGIC), "little")
        if magic & 0xFFFFFFF0 == 0x184D2A50:
            length = int.from_bytes((yield 4, _Step.HEADER), "little")
            yield length, _Step.CONTENT
            continue
        if magic != _MAGIC:
            raise ValueError("something else follows a zstd frame")
        descriptor = (yield 1, _Step.HEADER)[0]
        yield _header_length(descriptor), _Step.CONTENT
        is_last = False
        while not is_last:
            block = int.from_bytes((yield 3, _Step.HEADER), "little")
            is_last, kind, length = bool(block & 1), block >> 1 & 3, block >> 3
            if kind == _RESERVED:
                raise ValueError("a zstd block has a type that does not exist")
            yield (1 if kind == _RLE else length), _Step.CONTENT
        if descriptor & 4:
            yield 4, _Step.CONTENT


def _header_length(descriptor: int) -> int:
    """Bytes of window, dictionary and content size, as the frame's descriptor announces them."""
    is_single_segment = bool(descriptor & 0x20)
    window = 0 if is_single_segment else 1
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    content = (1 if is_single_segment else 0, 2, 4, 8)[descriptor >> 6]
    return window + dictionary + content
