from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import MissingImport
from lambda_image_lint.rulekit.environments import in_unused_environment
from lambda_image_lint.rulekit.handlers import fault_place, imports, source_place
from lambda_image_lint.rulekit.mismatched_modules import explains
from lambda_image_lint.rulekit.opt_python import shadowed_module


@rule(
    "LIL307",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-python-runtime-interface-client",
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client",
        "own: boots of images whose handler imports what nothing provides",
    ),
    help="Install the package, or copy the module, where the runtime looks.",
)
def handler_import_missing(function: Function) -> Iterator[Finding | Unknown]:
    """The handler imports, on the way to its first line, a module that nothing in the image provides."""
    for broken in imports(function):
        if isinstance(broken, Unknown):
            yield broken
        elif isinstance(broken, MissingImport) and not _is_told(function, broken):
            hint = broken.near[0] if broken.near else ""
            hint = f" {hint}." if " " in hint else f" Did you mean {hint}?" if hint else ""
            yield Finding(
                _message(broken),
                fault_place(function, broken.file),
                help=f"Install it, or copy it where the runtime looks.{hint} Lambda says: {broken.error}",
                related=(source_place(broken.file, broken.line),),
            )


def _is_told(function: Function, broken: MissingImport) -> bool:
    """What lies where the runtime does not look, or is there for another Python, has a rule of its own."""
    elsewhere = in_unused_environment(function, broken) or shadowed_module(function, broken)
    return elsewhere is not None or explains(function, broken)


def _message(broken: MissingImport) -> str:
    path = broken.file.path
    if "attempted relative import" in broken.error:
        return f"{path} imports {broken.module} relatively, where no package holds it"
    if broken.name:
        return f"{path} imports {broken.name} from {broken.module}, which does not define it"
    return f"{path} imports {broken.module}, which nothing in the image provides"
