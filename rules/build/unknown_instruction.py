from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Severity, Span, rule


@rule(
    "LIL802",
    Severity.ERROR,
    sources=("https://docs.docker.com/reference/dockerfile/#format",),
    help="Put a # before a comment, or correct the keyword.",
    aliases=("DL1000",),
)
def unknown_instruction(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A line begins with a word that is no instruction; often a comment that lost its `#`."""
    for problem in dockerfile.problems:
        if problem.kind != "unknown-instruction" or problem.instruction_index is None:
            continue
        instruction = dockerfile.instructions[problem.instruction_index]
        start = instruction.span
        fix = None
        if problem.lost_comment:
            edit = Edit(Span(start.line, start.column, start.line, start.column), "# ")
            fix = Fix("Make it a comment", (edit,), Applicability.SAFE)
        yield Finding(problem.message, instruction.at(problem.span), help=problem.hint, fix=fix)
