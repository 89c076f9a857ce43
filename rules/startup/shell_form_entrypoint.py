from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.handlers import last_command
from lambda_image_lint.rulekit.starts import is_shell_form

_CLIENTS = ("awslambdaric", "aws-lambda-ric", "aws_lambda_ric", "AWSLambda", "lambda-entrypoint.sh")


@rule(
    "LIL205",
    Severity.ERROR,
    sources=("https://docs.docker.com/reference/dockerfile/#shell-form-entrypoint-example",),
    help="Write the entrypoint as a JSON array: the command then reaches it.",
    aliases=("DL3025", "JSONArgsRecommended"),
)
def shell_form_entrypoint(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """ENTRYPOINT is in shell form, which drops CMD."""
    entrypoint, command = function.entrypoint, function.command
    if isinstance(entrypoint, Unknown):
        yield entrypoint
        return
    if not is_shell_form(entrypoint) or function.entrypoint_is_inherited:
        return
    text = entrypoint[2].strip()
    needs = any(client in text for client in _CLIENTS)
    handler = text.split()[-1] if text.split() else ""
    given = needs and not any(handler.endswith(client) for client in _CLIENTS)
    if needs and not given:
        name = " ".join(command) if isinstance(command, tuple) and command else "the handler"
        message, level = f"ENTRYPOINT is in shell form: {name} of CMD never reaches it", None
    elif command and not needs:
        message, level = (
            "ENTRYPOINT is in shell form: CMD is dropped, and a shell stands between Lambda and the program",
            Severity.INFO,
        )
    else:
        return
    yield Finding(message, function.where("entrypoint"), severity=level, fix=_fix(dockerfile, text) if needs else None)


def _fix(dockerfile: Dockerfile | None, text: str) -> Fix | None:
    """Plain words become strings; what only a shell understands stays."""
    instruction = last_command(dockerfile, "ENTRYPOINT") if dockerfile else None
    if instruction is None or instruction.heredocs or any(letter in text for letter in "\"'$&|;<>`\\*?()[]{}#~"):
        return None
    words = text.split()
    if words[:1] == ["exec"]:
        words = words[1:]
    array = ", ".join(f'"{word}"' for word in words)
    return Fix("Write it as a JSON array", (Edit(instruction.value_span, f"[{array}]"),), Applicability.UNSAFE)
