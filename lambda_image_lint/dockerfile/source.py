"""Where text stands: offsets into a source become spans, also where lines were joined or tabs stripped."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate, count
from operator import add

from lambda_image_lint.finding import Span


class Source:
    """A decoded text. Offsets count code points from 0; lines end at ``\\n`` alone, as Docker reads them."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def line_starts(self) -> "array[int]":
        """Offset of each line's first character."""
        # A file may have ten million lines: four bytes for each, and no step of Python's own.
        starts = array("I" if len(self.text) < 2**32 - 1 else "Q", [0])
        starts.extend(map(add, accumulate(map(len, self.text.split("\n"))), count(1)))
        starts.pop()
        return starts

    def line(self, number: int) -> str:
        """Line `number` (from 1) without its newline; empty outside the text."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].removesuffix("\r")

    def span(self, start: int, end: int) -> Span:
        """The span of ``text[start:end]``."""
        starts = self.line_starts
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end)
        return Span(line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based position, held inside the text."""
        starts = self.line_starts
        if line < 1:
            return 0
        if line > len(starts):
            return len(self.text)
        return min(starts[line - 1] + max(column, 1) - 1, len(self.text))

    def span_text(self, span: Span) -> str:
        """The text that a span covers."""
        return self.text[self.offset(span.line, span.column) : self.offset(span.end_line, span.end_column)]


class MappedText:
    """A text made of pieces of a source: continuations joined, comments between them dropped, tabs stripped."""

    __slots__ = ("_offsets", "_starts", "source", "text")

    def __init__(self, source: Source, pieces: Iterable[tuple[int, str]]) -> None:
        self.source = source
        self._offsets: list[int] = []
        self._starts: list[int] = []
        texts = []
        length = 0
        for offset, text in pieces:
            self._starts.append(length)
            self._offsets.append(offset)
            texts.append(text)
            length += len(text)
        self.text = "".join(texts)

    def offset(self, position: int) -> int:
        """Where in the source the character at `position` stands."""
        if not self._starts:
            return 0
        piece = bisect_right(self._starts, position) - 1 if len(self._starts) > 1 else 0
        return self._offsets[piece] + position - self._starts[piece]

    def offsets(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source that ``text[start:end]`` was made from; empty stays empty."""
        if end > start >= 0:
            # A heredoc that the file's end cuts off has a last newline that stands nowhere.
            size = len(self.source.text)
            return min(self.offset(start), size), min(self.offset(end - 1) + 1, size)
        # An empty stretch at a seam belongs to the end of what stands before it.
        at = self.offset(start - 1) + 1 if start else self.offset(0)
        return at, at

    def span(self, start: int, end: int) -> Span:
        """The span of ``text[start:end]`` in the source."""
        return self.source.span(*self.offsets(start, end))

    def raw(self, start: int, end: int) -> str:
        """The source text behind ``text[start:end]``, continuations and comments included."""
        first, last = self.offsets(start, end)
        return self.source.text[first:last]

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        """The pieces that ``text[start:end]`` is made of, for a `MappedText` of its own."""
        first = bisect_right(self._starts, start) - 1
        for index in range(max(first, 0), len(self._starts)):
            begin = self._starts[index]
            if begin >= end:
                return
            stop = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.text)
            left, right = max(begin, start), min(stop, end)
            if left < right:
                yield self._offsets[index] + left - begin, self.text[left:right]
