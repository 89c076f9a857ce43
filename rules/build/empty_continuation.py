from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Severity, Span, rule


@rule(
    "LIL829",
    Severity.INFO,
    sources=("https://docs.docker.com/reference/build-checks/no-empty-continuation/",),
    help="Delete the empty line.",
    aliases=("NoEmptyContinuation",),
)
def empty_continuation(dockerfile: Dockerfile) -> Iterator[Finding]:
    """An empty line inside an instruction, which Docker is going to refuse."""
    for instruction in dockerfile.instructions:
        if not instruction.blank_lines or not instruction.known:
            continue
        edits = tuple(Edit(Span(line, 1, line + 1, 1), "") for line in instruction.blank_lines)
        first = instruction.blank_lines[0]
        yield Finding(
            f"an empty line inside {instruction.keyword}: Docker is going to refuse it",
            instruction.at(Span(first, 1, first, len(dockerfile.line_text(first)) + 1)),
            fix=Fix("Delete the empty lines", edits, Applicability.SAFE),
        )
