from collections.abc import Iterator

from lambda_image_lint import Applicability, Context, Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import FileMissing, Language
from lambda_image_lint.function.languages.start import start_of
from lambda_image_lint.rulekit.brought import built_before
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
def handler_file_missing(
    function: Function, dockerfile: Dockerfile | None, context: Context | None
) -> Iterator[Finding | Unknown]:
    """The module that the handler names is not in the image."""
    found = resolution(function)
    if isinstance(found, Unknown):
        yield found
    # A source that is not compiled is a fault with a rule of its own.
    if not isinstance(found, FileMissing) or is_typescript_alone(found):
        return
    if jar_lies_beside_lib(function, dockerfile):
        return  # java-jar-not-in-lib tells it
    if dockerfile is not None and context is not None:
        built = built_before(dockerfile, context, _sought(function, found))
        if built is not None:
            yield Unknown(built, function.handler_place())
            return
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


def _sought(function: Function, found: FileMissing) -> str:
    """The file that the runtime looks for first, of a language whose modules are files."""
    start = start_of(function)
    if isinstance(start, Unknown) or start is None or start.language is not Language.NODE:
        return f"{found.looked_in[0].rstrip('/')}/{found.module.replace('.', '/')}.py"
    return f"{found.looked_in[0].rstrip('/')}/{found.module.rpartition('/')[2]}.js"


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
