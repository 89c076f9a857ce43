from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import FunctionMissing, Resolved
from lambda_image_lint.rulekit.handlers import handler_fix, resolution


@rule(
    "LIL306",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-python-runtime-interface-client",
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client",
    ),
    help="Define the function, or correct the handler.",
)
def handler_function_missing(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The handler's module does not define the function."""
    found = resolution(function)
    if isinstance(found, Unknown):
        yield found
    if isinstance(found, Resolved) and found.doubt is not None:
        yield found.doubt
    if not isinstance(found, FunctionMissing):
        return
    where = found.file.path if found.file else "its module"
    defined = f" It defines {', '.join(found.defined[:5])}." if found.defined else ""
    hint = (
        f"Did you mean {found.suggestion}?"
        if found.suggestion
        else f"Define {found.symbol} there, or correct the handler."
    )
    yield Finding(
        f"the handler {found.handler} names {found.symbol}, which {where} does not define",
        function.handler_place(),
        help=f"{hint}{defined} Lambda says: {found.error}",
        related=(found.file.place,) if found.file else (),
        fix=handler_fix(dockerfile, found.handler, found.suggestion, Applicability.DISPLAY)
        if found.suggestion
        else None,
    )
