"""HTTP's chunked coding, taken apart in large pieces: a daemon sends an image in 40,000 chunks of 32 KiB.

The standard library reads each chunk's length by a call of its own, which costs a second of processor time for 1.3 GB;
here many chunks come with one read. Source: RFC 9112 §7.1.
"""

from collections.abc import Callable, Iterator

from lambda_image_lint.image.sources.store import CHUNK

_LINE_END = b"\r\n"
_HEADER_MAX = 1024
"""Bytes of a chunk's length and extensions; real ones have six."""
_READ_MIN = 64 * 1024
"""Bytes that the buffer must have room for when it is read into."""


class BodyCut(Exception):  # noqa: N818 - says what is the case
    """A body ends, or makes no sense, before its last chunk."""


def dechunked(read_into: Callable[[memoryview], int]) -> Iterator[bytes]:
    """The content of a body; `read_into` fills a buffer with what has come so far and says how much, 0 at the end.

    Raises `BodyCut`. What follows the last chunk, its trailer, is left unread.
    """
    buffer = bytearray(CHUNK)
    view = memoryview(buffer)
    # A chunk's data ends with a line end, so that each header but the first stands between two.
    buffer[: len(_LINE_END)] = _LINE_END
    at, end, left = 0, len(_LINE_END), 0
    content: list[memoryview] = []
    while count := read_into(view[end:]):
        end += count
        while True:
            if left:
                piece = view[at : min(at + left, end)]
                content.append(piece)
                at += len(piece)
                left -= len(piece)
            if left or at == end:
                break
            header_end = buffer.find(_LINE_END, at + len(_LINE_END), min(end, at + _HEADER_MAX))
            if header_end < 0:
                if end - at >= _HEADER_MAX:
                    raise BodyCut("it makes no sense")
                break
            left = _length(buffer[at:header_end])
            at = header_end + len(_LINE_END)
            if not left:
                yield b"".join(content)
                return
        # What comes is gathered until it is worth working on: a daemon writes each chunk by itself.
        if len(buffer) - end < _READ_MIN:
            yield b"".join(content)
            content.clear()
            # The beginning of a header may be left, whose end comes with the next read.
            buffer[: end - at] = buffer[at:end]
            at, end = 0, end - at
    raise BodyCut("it ended early")


def _length(header: bytearray) -> int:
    """Bytes of the chunk that a header announces, the line end before it included. Raises `BodyCut`."""
    digits = header[len(_LINE_END) :].partition(b";")[0].strip()
    # `int` would take a sign, and underscores.
    if not header.startswith(_LINE_END) or not digits.isalnum():
        raise BodyCut("it makes no sense")
    try:
        return int(digits, 16)
    except ValueError as error:
        raise BodyCut("it makes no sense") from error
