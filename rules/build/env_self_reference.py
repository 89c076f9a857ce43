from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Instruction, Severity, Span, rule
from lambda_image_lint.rulekit.stages import needed_instructions


@rule(
    "LIL824",
    Severity.WARNING,
    sources=("https://docs.docker.com/reference/dockerfile/#environment-replacement",),
    help="Set it in an ENV of its own, after the one that it reads.",
    aliases=("DL3044",),
)
def env_self_reference(dockerfile: Dockerfile) -> Iterator[Finding]:
    """ENV reads a variable that the same ENV sets: it gets the value from before."""
    for instruction in needed_instructions(dockerfile, "ENV"):
        places = {pair.name: index for index, pair in reversed(list(enumerate(instruction.pairs)))}
        for use in dockerfile.variables.uses(instruction):
            at = next((index for index, pair in enumerate(instruction.pairs) if _holds(pair.span, use.span)), None)
            if at is None or places.get(use.name, at) >= at:
                continue
            before = dockerfile.variables.value(use.name, instruction)
            new = instruction.pairs[places[use.name]].value
            if before is None or (isinstance(before, str) and before != new):
                state = "has its earlier value" if before else "is empty"
                yield Finding(
                    f"${use.name} {state} here: the same ENV sets it",
                    instruction.at(use.span),
                    fix=_fix(instruction, at),
                )


def _holds(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


def _fix(instruction: Instruction, index: int) -> Fix:
    """Begin a new ENV at the pair that reads: the pairs behind it come along."""
    before, pair = instruction.pairs[index - 1].span, instruction.pairs[index].span
    between = Span(before.end_line, before.end_column, pair.line, pair.column)
    return Fix("Begin a new ENV", (Edit(between, "\nENV "),), Applicability.UNSAFE)
