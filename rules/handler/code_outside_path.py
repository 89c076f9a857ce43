from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import Language, OutsidePath
from lambda_image_lint.function.languages.start import start_of
from lambda_image_lint.rulekit.handlers import is_outside_task_root, resolution


@rule(
    "LIL313",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-python-runtime-interface-client",
        "own: boots of images whose code lies in another working directory",
    ),
)
def code_outside_path(function: Function) -> Iterator[Finding | Unknown]:
    """The handler's module is in the image, but where the runtime does not look."""
    found = resolution(function)
    if isinstance(found, Unknown):
        yield found
        return
    start = start_of(function)
    is_java = not isinstance(start, Unknown) and start is not None and start.language is Language.JAVA
    # A jar beside lib, and a client that looks in /var/task alone, have rules of their own.
    if isinstance(found, OutsidePath) and not is_java and not is_outside_task_root(function):
        file = found.found[0]
        yield Finding(
            f"the module {found.module} lies at {file.path}, where the runtime does not look",
            function.handler_place(),
            help=f"Copy it to {found.looked_in[0]}. Lambda says: {found.error}",
            related=(file.place,),
        )
