from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.function.languages.start import start_of
from lambda_image_lint.rulekit.commands import dropped_handler
from lambda_image_lint.rulekit.starts import uses_base_entrypoint
from lambda_image_lint.rulekit.supplied import command_supplier, workshop


@rule(
    "LIL301",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        "https://github.com/aws/aws-lambda-base-images/issues/112",
    ),
    help='Name the handler: CMD ["app.handler"]; or leave it to the function\'s ImageConfig, and ignore this with that as reason.',
)
def cmd_missing(
    function: Function, dockerfile: Dockerfile | None, context: Context | None
) -> Iterator[Finding | Unknown]:
    """Nothing names the handler: the image has no CMD."""
    start = start_of(function)
    if isinstance(start, Unknown):
        if uses_base_entrypoint(function) is not False:
            yield start
        return
    if start is None or start.handler is not None or function.command != ():
        return
    if start.language is Language.PROVIDED and start.client != "base image":
        return
    if dropped_handler(function, dockerfile) is not None:
        return  # command-ignored tells it
    meant = workshop(dockerfile) if dockerfile is not None else None
    if meant is not None:
        yield Unknown(meant, function.where("command"))
        return
    supplier = command_supplier(context) if context is not None else None
    if supplier is not None:
        yield Unknown(f"{supplier} may give the command", function.where("command"))
        return
    yield Finding(
        "no CMD names the handler; unless ImageConfig gives one, the function does not start", function.where("command")
    )
