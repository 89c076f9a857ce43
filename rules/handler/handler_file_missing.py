from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import FileMissing
from lambda_image_lint.rulekit.handlers import handler_fix, is_flattened, is_typescript_alone, resolution
from lambda_image_lint.rulekit.jars import jar_lies_beside_lib


@rule(
    "LIL305",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-python-runtime-interface-client",
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client",
        "https://docs.docker.com/reference/dockerfile/#copy",
        "own: boots of images without the module",
    ),
    help="Copy the module where the runtime looks, or correct the handler.",
)
def handler_file_missing(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The module that the handler names is not in the image."""
    found = resolution(function)
    if isinstance(found, Unknown):
        yield found
    # A source that is not compiled is a fault with a rule of its own.
    if not isinstance(found, FileMissing) or is_typescript_alone(found):
        return
    if jar_lies_beside_lib(function, dockerfile):
        return  # java-jar-not-in-lib tells it
    flattened = is_flattened(function, found)
    yield Finding(
        f"the handler {found.handler} names the module {found.module}, which is not in the image",
        function.handler_place(),
        help=f"{_flattened(found) if flattened else _hint(found)} Lambda says: {found.error}",
        fix=handler_fix(
            dockerfile,
            found.handler,
            found.suggestion,
            Applicability.UNSAFE if flattened else Applicability.DISPLAY,
        )
        if found.suggestion
        else None,
    )


def _hint(found: FileMissing) -> str:
    near = f" There is {found.near[0]}." if found.near else ""
    if found.suggestion:
        return f"Did you mean {found.suggestion}?{near}"
    return f"Copy it to {found.looked_in[0]}, or correct the handler.{near}"


def _flattened(found: FileMissing) -> str:
    return (
        f"COPY of a folder copies what is in it, and the module lies at {found.near[0]}. Write {found.suggestion}, or name "
        "the folder in the destination too."
    )
