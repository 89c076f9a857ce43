from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, TextPlace, rule

_TOLD_ELSEWHERE = frozenset({"unknown-instruction", "empty"})


@rule(
    "LIL801",
    Severity.ERROR,
    sources=("https://docs.docker.com/reference/dockerfile/",),
    help="Correct the instruction.",
    aliases=("DL1000", "DL3043", "DL3061"),
)
def parse_error(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Something that no builder accepts."""
    for problem in dockerfile.problems:
        if problem.kind in _TOLD_ELSEWHERE:
            continue
        index = problem.instruction_index
        stage = dockerfile.instructions[index].stage if index is not None else None
        ours = problem.kind == "too-many-instructions"
        severity = Severity.WARNING if ours else None
        yield Finding(problem.message, TextPlace(problem.span, None, stage), help=problem.hint, severity=severity)
