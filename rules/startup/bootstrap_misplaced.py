from collections.abc import Iterator

from lambda_image_lint import (
    Applicability,
    Dockerfile,
    Edit,
    File,
    Finding,
    Fix,
    Function,
    Instruction,
    Severity,
    Unknown,
    rule,
)
from lambda_image_lint.function.chain import BOOTSTRAP
from lambda_image_lint.rulekit.bootstraps import bootstrap_copy, bootstrap_is_missing, misplaced_bootstrap


@rule(
    "LIL208",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-base-images/issues/112",
        "own: a boot of a provided base with its bootstrap in the task root",
    ),
    help="Copy it to ${LAMBDA_RUNTIME_DIR}/bootstrap, or name it in ENTRYPOINT.",
)
def bootstrap_misplaced(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The bootstrap of a provided base lies where only a ZIP file has it."""
    missing = bootstrap_is_missing(function, dockerfile)
    if isinstance(missing, Unknown):
        yield missing
        return
    path = misplaced_bootstrap(function) if missing else None
    if path is None:
        return
    found, copy = function.files.find(path), bootstrap_copy(function, dockerfile, path)
    message = f"the entrypoint of the base executes {BOOTSTRAP}, not {path}"
    if isinstance(found, File):
        yield Finding(message, found.place, fix=_fix(function, copy, path))
    elif copy is not None:
        yield Finding(message, copy.place, fix=_fix(function, copy, path))


def _fix(function: Function, copy: Instruction | None, path: str) -> Fix | None:
    """Another destination for the COPY of that one file."""
    shut = isinstance(function.files.find(path), File) and function.files.executable(path) is not None
    if copy is None or copy.destination is None or copy.flag("parents") is not None or shut:
        return None
    edit = Edit(copy.destination.span, "${LAMBDA_RUNTIME_DIR}/bootstrap")
    return Fix("Copy it to ${LAMBDA_RUNTIME_DIR}/bootstrap", (edit,), Applicability.SAFE)
