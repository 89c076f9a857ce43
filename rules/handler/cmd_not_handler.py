from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.starts import is_shell_form, uses_base_entrypoint


@rule(
    "LIL302",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-base-images/issues/112",
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    ),
    help='Name the handler alone, CMD ["app.handler"]; or replace the ENTRYPOINT, if a program of your own speaks to Lambda.',
)
def cmd_not_handler(function: Function) -> Iterator[Finding | Unknown]:
    """CMD on an AWS base has several words: a program, where the handler is meant."""
    base, command = uses_base_entrypoint(function), function.command
    if isinstance(base, Unknown) or isinstance(command, Unknown):
        if base is not False:
            yield base if isinstance(base, Unknown) else command  # type: ignore[misc]  # one of the two is Unknown
        return
    if not base or len(command) < 2 or is_shell_form(command):
        return
    yield Finding(
        f"CMD has {len(command)} words ({' '.join(command[:3])}{' …' if len(command) > 3 else ''}); "
        "the AWS base takes one, the handler",
        function.where("command"),
    )
