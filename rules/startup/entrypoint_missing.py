from collections.abc import Iterator

from lambda_image_lint import Absent, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.chain import BOOTSTRAP, StepKind, chain
from lambda_image_lint.rulekit.starts import is_handler_word


@rule(
    "LIL203",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-images.html",
        "own: boots of images without the program",
    ),
    help="Copy the program there, or correct the path.",
)
def entrypoint_missing(function: Function) -> Iterator[Finding | Unknown]:
    """The program that is started is not in the image."""
    steps = chain(function)
    if isinstance(steps, Unknown):
        yield steps
        return
    for index, step in enumerate(steps):
        if not step.is_certain or step.kind not in (StepKind.PROGRAM, StepKind.SCRIPT):
            continue
        if isinstance(step.found, Unknown) and index == 0:
            yield step.found
        # A handler that is taken for a program wants a runtime client in front of it: no-runtime-client tells that.
        handler = is_handler_word(step.name) and (index == 0 or function.runtime_client is None)
        if not isinstance(step.found, Absent) or step.name == BOOTSTRAP or handler or not step.name:
            continue
        # Only a program is looked for on PATH; what an interpreter is given lies in the working directory.
        on_path = "/" not in step.name and step.kind is StepKind.PROGRAM
        where = f"{step.name}, looked for on PATH," if on_path else step.name
        yield Finding(f"{where} is not in the image: {step.why}", step.place, help=_hint(function, step.name))
        return


def _hint(function: Function, name: str) -> str:
    """Where a file of that name lies instead, if it does."""
    base = name.rpartition("/")[2]
    others = [file.path for file in function.files.known_under("/") if file.path.rpartition("/")[2] == base]
    return f"There is {others[0]}." if others else "Copy the program there, or correct the path."
