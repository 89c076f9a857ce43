"""``--add-ignores``: a comment above each instruction that has findings, so that only new ones are told."""

from collections.abc import Iterable

from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine.result import Result
from lambda_image_lint.finding import Edit, Span, TextPlace
from lambda_image_lint.fix.text import apply

REASON = "accepted as it stands"


def with_ignores(dockerfile: Dockerfile, results: Iterable[Result]) -> str:
    """The text with an ignore for each finding that counts; an instruction's rules share one comment."""
    rules: dict[int, set[str]] = {}
    for result in results:
        place = result.finding.place
        if result.counts and isinstance(place, TextPlace) and place.path in (None, dockerfile.path):
            rules.setdefault(_first_line(dockerfile, place.span.line), set()).add(result.rule.name)
    edits = [
        Edit(Span(line, 1, line, 1), f"# lint-image: ignore[{', '.join(sorted(names))}] {REASON}\n")
        for line, names in rules.items()
    ]
    return apply(dockerfile.text, edits, dockerfile.newline)


def _first_line(dockerfile: Dockerfile, line: int) -> int:
    return next((i.span.line for i in dockerfile.instructions if i.span.line <= line <= i.span.end_line), line)
