from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import SyntaxFault
from lambda_image_lint.rulekit.handlers import fault_place, imports, resolution, source_place


@rule(
    "LIL308",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-python-runtime-interface-client",
        "own: boots of images whose handler does not parse",
    ),
    help="Correct the source, or build on a runtime that knows the syntax.",
)
def handler_syntax_error(function: Function) -> Iterator[Finding | Unknown]:
    """The handler's module, or one that it imports, does not parse on the image's own interpreter."""
    found = resolution(function)
    if isinstance(found, Unknown):
        yield found
        return
    faults = dict.fromkeys(each for each in (found, *imports(function)) if isinstance(each, SyntaxFault))
    for fault in faults:
        where = f" line {fault.line}" if fault.line else ""
        yield Finding(
            f"{fault.file.path}{where} does not parse: {fault.message}",
            fault_place(function, fault.file),
            help=f"Correct the source, or build on a runtime that knows the syntax. Lambda says: {fault.error}",
            related=(source_place(fault.file, fault.line),),
        )
