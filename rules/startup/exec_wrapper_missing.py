from collections.abc import Iterator

from lambda_image_lint import Absent, Applicability, Dockerfile, File, Finding, Fix, Function, Severity, Unknown, rule
from lambda_image_lint.function.model import Packaged
from lambda_image_lint.rulekit.adapters import adapter
from lambda_image_lint.rulekit.own_scripts import by_own_script
from lambda_image_lint.rulekit.pairs import remove_pair
from lambda_image_lint.rulekit.stages import final_instructions
from lambda_image_lint.rulekit.starts import uses_base_entrypoint

_NAME = "AWS_LAMBDA_EXEC_WRAPPER"
_WITHOUT = ("provided", "go", "unknown")
"""Bases whose start does not look at the variable."""


@rule(
    "LIL216",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html",
        "own: boots of an AWS base whose wrapper is absent, and not executable",
    ),
    help="Copy the wrapper there with mode 755, or drop the variable.",
)
def exec_wrapper_missing(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """AWS_LAMBDA_EXEC_WRAPPER names a script that the runtime of an AWS base cannot execute."""
    path = function.environment.get(_NAME)
    if not path or function.base is None or uses_base_entrypoint(function) is not True:
        return
    if function.base.language in _WITHOUT:
        return
    if isinstance(path, Unknown):
        yield path
        return
    found, place = function.files.find(path), function.where(f"environment.{_NAME}")
    barrier = function.files.executable(path) if isinstance(found, File) else None
    if isinstance(found, Absent) or (isinstance(found, Packaged) and found.packages == ()):
        # An AWS base brings no wrapper of its own.
        yield by_own_script(dockerfile, path) or Finding(
            f"{_NAME} names {path}, which is not in the image", place, fix=_fix(dockerfile, function)
        )
    elif isinstance(found, Unknown) or isinstance(barrier, Unknown):
        yield found if isinstance(found, Unknown) else barrier  # type: ignore[misc]  # one of the two is Unknown
    elif barrier is not None:
        message = f"mode {barrier.mode:04o} of {barrier.path} keeps Lambda's user from executing the wrapper"
        yield Finding(message, barrier.place, related=(place,))


def _fix(dockerfile: Dockerfile | None, function: Function) -> Fix | None:
    """Drop the variable: the function starts, without what the wrapper was to do. Behind the adapter that is not enough."""
    if dockerfile is None or adapter(function) is not None:
        return None
    edits = tuple(
        remove_pair(dockerfile, instruction, index)
        for instruction in final_instructions(dockerfile, "ENV")
        for index, pair in enumerate(instruction.pairs)
        if pair.name == _NAME
    )
    return Fix(f"Drop {_NAME}", edits, Applicability.UNSAFE) if edits else None
