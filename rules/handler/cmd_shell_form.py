from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.start import Start, start_of
from lambda_image_lint.rulekit.handlers import last_command
from lambda_image_lint.rulekit.starts import is_shell_form


@rule(
    "LIL303",
    Severity.ERROR,
    sources=(
        "https://docs.docker.com/reference/dockerfile/#shell-and-exec-form",
        "https://github.com/aws/aws-lambda-base-images/issues/112",
    ),
    help='Write the handler as a JSON array with double quotes: CMD ["app.handler"].',
    aliases=("DL3025", "JSONArgsRecommended"),
)
def cmd_shell_form(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """CMD is in shell form where a runtime expects the handler."""
    command, entrypoint = function.command, function.entrypoint
    if isinstance(command, Unknown) or not is_shell_form(command):
        return
    if isinstance(entrypoint, Unknown):
        yield entrypoint
        return
    # Another entrypoint than a runtime's own (`docker-entrypoint.sh` of the official images) runs the shell as it is told.
    if entrypoint != ("/lambda-entrypoint.sh",) and not isinstance(start_of(function), Start):
        return
    text = command[2].strip()
    yield Finding(
        f"CMD is in shell form: the runtime gets /bin/sh, not {text}"
        if len(text) < 60
        else "CMD is in shell form: the runtime gets /bin/sh",
        function.where("command"),
        fix=_fix(dockerfile, text),
    )


def _fix(dockerfile: Dockerfile | None, text: str) -> Fix | None:
    """A single word as JSON; what is JSON but for its quotes is what the author meant."""
    instruction = last_command(dockerfile, "CMD") if dockerfile else None
    bare = text.strip("[]() \t").strip("'\"`“”‘’ ")
    meant_json, has_backslash = text.startswith("["), "\\" in bare
    if instruction is None or not bare or any(letter in bare for letter in " '\"$&|;<>`,"):
        return None
    if has_backslash and not meant_json:  # the shell takes it away
        return None
    # JSON wants those of a namespace twice, and that is why it is none.
    word = bare.replace("\\\\", "\\").replace("\\", "\\\\")
    edit = Edit(instruction.value_span, f'["{word}"]')
    safe = meant_json and not has_backslash
    return Fix("Write it as a JSON array", (edit,), Applicability.SAFE if safe else Applicability.UNSAFE)
