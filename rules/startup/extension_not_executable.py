from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.extensions import extensions, is_stray
from lambda_image_lint.rulekit.steps import chmod_fix


@rule(
    "LIL213",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html",
        "own: boots of images whose extension has mode 0644",
    ),
    help="Make it executable for everybody: COPY --chmod=755, or RUN chmod +x.",
)
def extension_not_executable(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """An extension has no execute bit for the user that Lambda runs it as."""
    for file in extensions(function):
        if is_stray(file):
            continue
        barrier = function.files.executable(file.path)
        if isinstance(barrier, Unknown):
            yield barrier
        elif barrier is not None:
            what = "it" if barrier.path == file.path else f"the extension {file.path}"
            yield Finding(
                f"mode {barrier.mode:04o} of {barrier.path} keeps Lambda's user from executing {what}",
                barrier.place,
                fix=chmod_fix(dockerfile, barrier.place) if barrier.path == file.path else None,
            )
