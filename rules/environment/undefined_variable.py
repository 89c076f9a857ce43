from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.knowledge import is_reserved, task_variables
from lambda_image_lint.rulekit.bases import leaves_no_base
from lambda_image_lint.rulekit.stages import final_instructions
from lambda_image_lint.rulekit.variables import Undefined, is_itself, meant, undefined

SELF_HELP = (
    "The builder passes no variable of its own environment. Declare it with ARG and give it with --build-arg, or set it in "
    "the function's configuration; a secret never in ENV."
)
FROM_HELP = "FROM sees only what an ARG before the first FROM declares: write ARG NAME=value there."


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
    final = {instruction.index for instruction in final_instructions(dockerfile, "ENV")}
    for use in undefined(dockerfile):
        if use.name in task_variables() or meant(use.name) or (use.instruction.index, use.name) in seen:
            continue
        if _sets_itself(use) and use.instruction.index in final and is_reserved(use.name):
            # Lambda overwrites it, whatever it is: reserved-env tells that.
            continue
        seen.add((use.instruction.index, use.name))
        outside = dockerfile.variables.is_declared_early(use.name) and use.instruction.keyword != "FROM"
        where = "before the first FROM only" if outside else "nowhere"
        yield Finding(
            f"${use.name} is declared {where}: it is empty here",
            use.instruction.at(use.span),
            help=f"Repeat ARG {use.name} in this stage, without a value." if outside else _help(use),
            severity=Severity.ERROR if leaves_no_base(dockerfile, use.instruction) else None,
        )


def _help(use: Undefined) -> str:
    return SELF_HELP if _sets_itself(use) else FROM_HELP if use.instruction.keyword == "FROM" else ""


def _sets_itself(use: Undefined) -> bool:
    pairs = use.instruction.pairs if use.instruction.keyword == "ENV" else ()
    return any(pair.name == use.name and is_itself(pair) for pair in pairs)
