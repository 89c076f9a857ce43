from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.knowledge import task_variables
from lambda_image_lint.rulekit.variables import meant, undefined


@rule(
    "LIL606",
    Severity.WARNING,
    sources=("https://docs.docker.com/reference/build-checks/undefined-var/",),
    help="Declare it with ARG or ENV before this instruction, or give a default: ${NAME:-value}.",
    aliases=("UndefinedVar", "UndefinedArgInFrom"),
)
def undefined_variable(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A variable is used that nothing declares: its value is empty."""
    seen = set()
    for use in undefined(dockerfile):
        if use.name in task_variables() or meant(use.name) or (use.instruction.index, use.name) in seen:
            continue
        seen.add((use.instruction.index, use.name))
        yield Finding(f"${use.name} is declared nowhere: it is empty here", use.instruction.at(use.span))
