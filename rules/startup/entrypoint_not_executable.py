from collections.abc import Iterator

from lambda_image_lint import Dockerfile, File, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.chain import StepKind, chain
from lambda_image_lint.rulekit.steps import chmod_fix

_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".xz")


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
        is_program = step.kind in (StepKind.PROGRAM, StepKind.INTERPRETER)
        if not is_program or not step.is_certain or not isinstance(step.found, File):
            continue
        if step.found.kind == "directory":
            yield Finding(f"{step.path} is a directory, which nothing can execute: {step.why}", step.place)
            return
        if step.path.endswith(_ARCHIVES):
            # `docker create` wants a command, whatever it is: the image only carries the archive out of a build.
            yield Unknown(f"{step.path} is an archive, which nobody means to start", step.place)
            return
        barrier = function.files.executable(step.path)
        if isinstance(barrier, Unknown):
            yield barrier
        elif barrier is not None:
            yield Finding(
                f"mode {barrier.mode:04o} of {barrier.path} keeps Lambda's user from executing it: {step.why}",
                barrier.place,
                related=(step.place,),
                fix=chmod_fix(dockerfile, barrier.place) if barrier.path == step.path else None,
            )
            return
