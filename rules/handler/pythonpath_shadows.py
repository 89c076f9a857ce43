from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, rule
from lambda_image_lint.function.languages.resolution import MissingImport
from lambda_image_lint.rulekit.handlers import imports
from lambda_image_lint.rulekit.opt_python import is_shadowed, shadowed_module


@rule(
    "LIL316",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html",
        "own: boots of images with PYTHONPATH and packages in /opt/python",
    ),
    help="Add /opt/python to PYTHONPATH, or leave PYTHONPATH unset.",
)
def pythonpath_shadows(function: Function) -> Iterator[Finding]:
    """PYTHONPATH is set, so the AWS base does not look into /opt/python, where packages lie."""
    if not is_shadowed(function):
        return
    missing = [each for each in imports(function) if isinstance(each, MissingImport)]
    needed = next((file for each in missing if (file := shadowed_module(function, each)) is not None), None)
    yield Finding(
        f"PYTHONPATH keeps the runtime from looking at {needed.path if needed else '/opt/python'}",
        function.where("environment.PYTHONPATH"),
        severity=Severity.ERROR if needed else None,
    )
