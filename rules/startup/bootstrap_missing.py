from collections.abc import Iterator

from lambda_image_lint import Dockerfile, File, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.chain import BOOTSTRAP
from lambda_image_lint.rulekit.bootstraps import bootstrap_copy, bootstrap_is_missing, misplaced_bootstrap


@rule(
    "LIL207",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html",
        "https://github.com/aws/aws-lambda-base-images/issues/112",
        "own: a boot of a provided base without bootstrap",
    ),
    help="Copy your program to ${LAMBDA_RUNTIME_DIR}/bootstrap, or make it the ENTRYPOINT.",
)
def bootstrap_missing(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """A provided base executes /var/runtime/bootstrap, and there is none."""
    missing = bootstrap_is_missing(function, dockerfile)
    if isinstance(missing, Unknown):
        yield missing
        return
    path = misplaced_bootstrap(function) if missing else None
    if path is not None:
        found = function.files.find(path)
        if isinstance(found, File) or bootstrap_copy(function, dockerfile, path) is not None:
            return  # bootstrap-misplaced tells it
    if missing:
        # An image that names no handler either may be one to build with, or gets both from a template.
        yield Finding(
            f"the entrypoint of the base executes {BOOTSTRAP}, which is not there",
            function.where("entrypoint"),
            severity=None if function.command else Severity.WARNING,
        )
