from collections.abc import Iterator

from lambda_image_lint import (
    Applicability,
    Dockerfile,
    Edit,
    File,
    Finding,
    Fix,
    Function,
    Severity,
    Span,
    TextPlace,
    Unknown,
    rule,
)
from lambda_image_lint.function.chain import Step, StepKind, chain


@rule(
    "LIL204",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-images.html",
        "own: boots of images whose entrypoint has mode 0644",
    ),
    help="Make it executable for everybody: COPY --chmod=755, or RUN chmod +x.",
)
def entrypoint_not_executable(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The program that is started has no execute bit for the function's user."""
    steps = chain(function)
    if isinstance(steps, Unknown):
        yield steps
        return
    for step in steps:
        if step.guards or step.kind not in (StepKind.PROGRAM, StepKind.INTERPRETER) or not isinstance(step.found, File):
            continue
        barrier = function.files.executable(step.path)
        if isinstance(barrier, Unknown):
            yield barrier
        elif barrier is not None:
            yield Finding(
                f"mode {barrier.mode:04o} of {barrier.path} keeps Lambda's user from executing it: {step.why}",
                barrier.place,
                related=(step.place,),
                fix=_fix(dockerfile, step, barrier.path, barrier.place),
            )
            return


def _fix(dockerfile: Dockerfile | None, step: Step, path: str, place: object) -> Fix | None:
    """Add ``--chmod`` to the COPY that brought the file."""
    if dockerfile is None or not isinstance(place, TextPlace) or path != step.path:
        return None
    for copy in dockerfile.all("COPY", "ADD"):
        if copy.span.line == place.span.line and copy.flag("chmod") is None and len(copy.sources) == 1:
            end = copy.keyword_span
            edit = Edit(Span(end.end_line, end.end_column, end.end_line, end.end_column), " --chmod=755")
            return Fix("Copy it with --chmod=755", (edit,), Applicability.SAFE)
    return None
