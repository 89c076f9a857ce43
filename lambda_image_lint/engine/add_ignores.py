"""``--add-ignores``: a comment above each instruction that has findings, so that only new ones are told."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine.result import Result
from lambda_image_lint.finding import Edit, Span, TextPlace
from lambda_image_lint.fix.text import apply

REASON = "accepted as it stands"


def with_ignores(dockerfile: Dockerfile, results: Iterable[Result]) -> str:
    """The text with an ignore for each finding that counts; an instruction's rules share one comment."""
    rules: dict[int, set[str]] = {}
    first_lines = [instruction.span.line for instruction in dockerfile.instructions]
    for result in results:
        place = result.finding.place
        if result.counts and isinstance(place, TextPlace) and place.path in (None, dockerfile.path):
            rules.setdefault(_first_line(dockerfile, first_lines, place.span.line), set()).add(result.rule.name)
    edits = [
        Edit(Span(line, 1, line, 1), f"# lint-image: ignore[{', '.join(sorted(names))}] {REASON}\n")
        for line, names in rules.items()
    ]
    return apply(dockerfile.text, edits, dockerfile.newline)


def _first_line(dockerfile: Dockerfile, first_lines: Sequence[int], line: int) -> int:
    """Of the instruction at a line; the line itself where there is none."""
    index = bisect_right(first_lines, line) - 1
    inside = index >= 0 and line <= dockerfile.instructions[index].span.end_line
    return first_lines[index] if inside else line
