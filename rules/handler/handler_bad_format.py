from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import BadFormat
from lambda_image_lint.rulekit.handlers import handler_fix, resolution


@rule(
    "LIL304",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-python-runtime-interface-client",
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client",
        "https://github.com/aws/aws-lambda-base-images/issues/101",
    ),
    help="Name the handler as its runtime reads it.",
)
def handler_bad_format(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The handler's form is one that no file could satisfy."""
    found = resolution(function)
    if not isinstance(found, BadFormat):
        return
    right = found.suggestion
    yield Finding(
        f"the handler {found.handler!r} is malformed: {found.why}",
        function.handler_place(),
        help=f"Lambda says: {found.error}." + (f" Write {right}." if right else ""),
        fix=handler_fix(dockerfile, found.handler, right, Applicability.UNSAFE) if right else None,
    )
