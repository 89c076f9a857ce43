from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Function, Severity, rule
from lambda_image_lint.rulekit.commands import dropped_handler
from lambda_image_lint.rulekit.edits import after


@rule(
    "LIL220",
    Severity.WARNING,
    sources=("https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact",),
    help="Repeat the CMD behind the ENTRYPOINT.",
)
def command_ignored(function: Function, dockerfile: Dockerfile) -> Iterator[Finding]:
    """ENTRYPOINT drops the CMD of the stage below, and the handler with it."""
    dropped = dropped_handler(function, dockerfile)
    if dropped is None:
        return
    line = dropped.command.span.line
    repeat = after(dropped.entrypoint.span, f"\nCMD {dropped.command.value}")
    yield Finding(
        f"ENTRYPOINT drops the CMD of line {line}: {dropped.command.words[0].text} never reaches it",
        dropped.entrypoint.place,
        related=(dropped.command.place,),
        fix=Fix("Repeat the CMD", (repeat,), Applicability.SAFE),
    )
