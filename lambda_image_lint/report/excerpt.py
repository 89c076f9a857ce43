"""Source lines with a span marked, as people read them: tabs, wide characters and very long lines included."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from lambda_image_lint.finding import Span
from lambda_image_lint.report.escape import printable

TAB = 4
"""Cells from one tab stop to the next."""
MOST_LINES = 3
"""Lines of a span that are shown; of the rest only the number is."""
WIDEST = 160
"""Cells of a source line where no terminal sets a width: more is no excerpt. Own choice."""
_CUT = "…"


class Row(Struct, frozen=True):
    """One line of an excerpt."""

    number: int | None
    """Line number; None for a line that is not in the source."""
    text: str
    mark: str = ""
    """What stands below it: spaces, then carets."""
    inside: bool = False
    """Part of a span of several lines, which has no carets."""


def excerpt(lines: Sequence[str], span: Span, width: int) -> Iterator[Row]:
    """The rows for a span; nothing where the source does not have its first line. `width` is in cells, 0: unlimited."""
    if not 1 <= span.line <= len(lines):
        return
    widest = max(20, width) if width else WIDEST
    last = min(span.end_line - (span.end_column <= 1), len(lines))
    if last <= span.line:
        text, mark = marked(lines[span.line - 1], span, widest)
        yield Row(span.line, text, mark)
        return
    shown = min(last, span.line + MOST_LINES - 1)
    for number in range(span.line, shown + 1):
        yield Row(number, marked(lines[number - 1], Span(number, 1, number, 1), widest)[0], inside=True)
    if last > shown:
        yield Row(None, f"{_CUT} to line {last}", inside=True)


def marked(line: str, span: Span, width: int) -> tuple[str, str]:
    """A line and the carets below its span, both cut to `width` cells around the span's beginning."""
    end_column = span.end_column if span.end_line == span.line else len(line) + 1
    start = min(max(span.column - 1, 0), len(line))
    # What is far from the span's beginning is never shown: a line, and a span, may be ten megabytes.
    end = min(max(end_column - 1, start), len(line), start + 2 * width)
    first = max(0, start - width)
    line, start, end = line[first : end + width], start - first, end - first
    cells = list(_cells(line))
    before = sum(len_ for _, len_ in cells[:start])
    length = max(1, sum(len_ for _, len_ in cells[start:end]))
    text = "".join(piece for piece, _ in cells)
    total = sum(len_ for _, len_ in cells)
    if total <= width and first == 0:
        return text.rstrip(), " " * before + "^" * length
    return _cut(cells, before, length, width, total)


def _cut(cells: Sequence[tuple[str, int]], before: int, length: int, width: int, total: int) -> tuple[str, str]:
    room = width - 2 * len(_CUT)
    left = 0 if before + min(length, room) <= room else max(0, min(before - room // 3, total - room))
    kept, position = [], 0
    for piece, cell in cells:
        if left <= position and position + cell <= left + room:
            kept.append((piece, cell, position))
        position += cell
    begin = kept[0][2] if kept else left
    end = kept[-1][2] + kept[-1][1] if kept else left
    text = (_CUT if begin > 0 else "") + "".join(piece for piece, _, _ in kept) + (_CUT if end < total else "")
    column = max(0, before - begin) + (len(_CUT) if begin > 0 else 0)
    return text.rstrip(), " " * column + "^" * max(1, min(length, end - before))


def _cells(line: str) -> Iterator[tuple[str, int]]:
    """(what is shown, cells it takes) for each character."""
    if line.isascii() and line.isprintable():
        yield from ((character, 1) for character in line)
        return
    from unicodedata import combining, east_asian_width

    column = 0
    for character in line:
        if character == "\t":
            shown = " " * (TAB - column % TAB)
        elif combining(character):
            yield character, 0
            continue
        else:
            shown = printable(character)
        cells = 2 if len(shown) == 1 and east_asian_width(shown) in "WF" else len(shown)
        column += cells
        yield shown, cells


def split_at_mark(row: Row) -> tuple[str, str, str]:
    """A row's text before its mark, under it, and after it."""
    if not row.mark:
        return row.text, "", ""
    begin = len(row.mark) - len(row.mark.lstrip())
    end, column, first, last = len(row.mark), 0, len(row.text), len(row.text)
    for index, (_, cells) in enumerate(_cells(row.text)):
        if column >= begin:
            first = min(first, index)
        if column >= end:
            last = index
            break
        column += cells
    return row.text[:first], row.text[first:last], row.text[last:]
