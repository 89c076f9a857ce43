"""Text edits: laid over a text where they do not overlap, and shown as a patch."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lambda_image_lint.finding import Edit, Span


def apply(text: str, edits: Iterable[Edit], newline: str = "\n") -> str:
    """The text with the edits laid over it; they must not overlap. Line ends in an edit become `newline`."""
    starts = line_starts(text)
    pieces: list[str] = []
    end = 0
    for start, stop, new in sorted({(*offsets(starts, edit.span, len(text)), edit.text) for edit in edits}):
        if start < end:
            raise ValueError(f"edits overlap at offset {start}")
        pieces += [text[end:start], new.replace("\r\n", "\n").replace("\n", newline)]
        end = stop
    return "".join([*pieces, text[end:]])


def line_starts(text: str) -> list[int]:
    """Offset of each line's first character; lines end at LF only, as in a Dockerfile."""
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def offsets(starts: Sequence[int], span: Span, length: int) -> tuple[int, int]:
    """A span as (start, end) offsets; a place behind the text's end means its end."""

    def at(line: int, column: int) -> int:
        return min(length, starts[line - 1] + column - 1) if line <= len(starts) else length

    return at(span.line, span.column), at(span.end_line, span.end_column)


def choose(fixes: Iterable[Sequence[Edit]], texts: Mapping[str | None, str]) -> Iterator[int]:
    """Indexes of the fixes that can be laid down together: the first comes first, and a fix goes whole or not at all.

    Two fixes that make the very same edit share it. Two that insert at one place, or whose edits overlap, wait for the
    next pass.
    """
    starts = {path: line_starts(text) for path, text in texts.items()}
    taken: dict[str | None, list[_Place]] = {}
    for index, edits in enumerate(fixes):
        wanted = [
            (edit.path, (*offsets(starts.get(edit.path, [0]), edit.span, len(texts.get(edit.path, ""))), edit.text))
            for edit in edits
        ]
        if all(_fits(place, taken.get(path, ())) for path, place in wanted):
            for path, place in wanted:
                places = taken.setdefault(path, [])
                if place not in places[slice(*_around(place, places))]:
                    insort(places, place)
            yield index


_Place = tuple[int, int, str]
"""Where an edit begins and ends, as offsets, and its text."""


def _around(place: _Place, taken: Sequence[_Place]) -> tuple[int, int]:
    """Bounds of those among `taken`, which are sorted and apart, that can touch a place."""
    first = bisect_left(taken, (place[0],))
    return max(0, first - 1), bisect_right(taken, (place[1] + 1,))


def _fits(place: _Place, taken: Sequence[_Place]) -> bool:
    """Whether an edit is one of those taken, or parted from each: two that touch are, where neither inserts there."""
    start, end, _ = place
    for other in taken[slice(*_around(place, taken))]:
        other_start, other_end, _ = other
        if place == other:
            continue
        if start < other_end and other_start < end:
            return False
        if start == other_start or (start == end and other_start <= start <= other_end):
            return False
        if other_start == other_end and start <= other_start <= end:
            return False
    return True


def patch(before: str | None, after: str, path: str) -> str:
    """A unified diff that ``git apply`` takes; `before` is None for a new file."""
    from difflib import unified_diff

    source, new = _name(f"a/{path}"), _name(f"b/{path}")
    old = source if before is not None else "/dev/null"
    lines = []
    header = f"diff --git {source} {new}\n" + ("new file mode 100644\n" if before is None else "")
    for line in unified_diff(_lines(before or ""), _lines(after), old, new):
        lines.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return header + "".join(lines) if lines else ""


def _name(path: str) -> str:
    """A path as git writes it: between quotes, as in C, where it holds a control character."""
    if all(character >= " " and character != "\x7f" for character in path):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one >= " " and one != "\x7f" else f"\\{ord(one):03o}" for one in escaped) + '"'


def _lines(text: str) -> list[str]:
    """Split after LF only: a CR belongs to its line."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
