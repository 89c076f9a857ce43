"""HTTP's chunked coding, taken apart in large pieces: a daemon sends an image in 40,000 chunks of 32 KiB.

The standard library reads each chunk's length by a call of its own, which costs a second of processor time for 1.3 GB;
here many chunks come with one read. Source: RFC 9112 §7.1.
"""

from collections.abc import Callable, Iterator

from lambda_image_lint.image.sources.store import CHUNK

_LINE_END = b"\r\n"
_HEADER_MAX = 1024
"""Bytes of a chunk's length and extensions; real ones have six."""


class BodyCut(Exception):  # noqa: N818 - says what is the case
    """A body ends, or makes no sense, before its last chunk."""


def dechunked(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """The content of a body of which `read` gives what has come so far, empty at the end. Raises `BodyCut`.

    What follows the last chunk, its trailer, is left unread.
    """
    # A chunk's data ends with a line end, so that each header but the first stands between two.
    rest, left = _LINE_END, 0
    while data := read(CHUNK):
        view, at, content = memoryview(rest + data), 0, []
        while True:
            if left:
                piece = view[at : at + left]
                content.append(piece)
                at += len(piece)
                left -= len(piece)
                if left or at == len(view):
                    break
            head = bytes(view[at : at + _HEADER_MAX])
            length = _length(head)
            if length is None:
                break
            left, taken = length
            at += taken
            if not left:
                if content:
                    yield b"".join(content)
                return
        rest = bytes(view[at:])
        if content:
            yield b"".join(content)
    raise BodyCut("it ended early")


def _length(head: bytes) -> tuple[int, int] | None:
    """(bytes of the chunk, bytes that said so); None where the line has not come whole. Raises `BodyCut`."""
    end = head.find(_LINE_END, len(_LINE_END))
    if end < 0:
        if len(head) == _HEADER_MAX:
            raise BodyCut("it makes no sense")
        return None
    digits = head[len(_LINE_END) : end].partition(b";")[0].strip()
    try:
        length = int(digits, 16)
    except ValueError:
        length = -1
    if length < 0 or not head.startswith(_LINE_END):
        raise BodyCut("it makes no sense")
    return length, end + len(_LINE_END)
