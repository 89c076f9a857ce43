from collections.abc import Iterator

from lambda_image_lint import (
    Absent,
    Applicability,
    Dockerfile,
    Edit,
    File,
    Finding,
    Fix,
    Function,
    Severity,
    Unknown,
    rule,
)
from lambda_image_lint.function.chain import Step, StepKind, chain
from lambda_image_lint.knowledge import emulator_files
from lambda_image_lint.rulekit.handlers import last_command
from lambda_image_lint.rulekit.steps import texts_of

_RUNTIME_API = "AWS_LAMBDA_RUNTIME_API"


@rule(
    "LIL209",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-test.html",
        "own: a boot of an image whose entrypoint is the emulator",
    ),
    help="Start the emulator only where AWS_LAMBDA_RUNTIME_API is empty, and the runtime client directly otherwise.",
)
def rie_unconditional(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The entrypoint starts the runtime interface emulator in Lambda too."""
    steps = chain(function)
    if isinstance(steps, Unknown):
        yield steps
        return
    for index, step in enumerate(steps):
        if step.kind is not StepKind.PROGRAM or step.program not in emulator_files():
            continue
        # Whatever a script does that names the variable, it has looked whether Lambda is there.
        asks = step.guards or any(_RUNTIME_API in text for text in texts_of(steps[:index]))
        if not asks and not isinstance(step.found, Absent):
            fix = _fix(dockerfile, function, step)
            yield Finding(f"{step.name} is started in Lambda too: {step.why}", step.place, fix=fix)
        return


def _fix(dockerfile: Dockerfile | None, function: Function, step: Step) -> Fix | None:
    """A shell that asks for Lambda takes the emulator's place as the first word."""
    instruction = last_command(dockerfile, "ENTRYPOINT") if dockerfile else None
    if instruction is None or instruction.form != "exec" or not isinstance(function.files.find("/bin/sh"), File):
        return None
    first = instruction.words[0]
    if first.text != step.name or first.raw != f'"{step.name}"' or len(instruction.words) == 1:
        return None
    asks = f'[ -n \\"${_RUNTIME_API}\\" ] || exec {step.name} \\"$@\\"; exec \\"$@\\"'
    edit = Edit(first.span, f'"/bin/sh", "-c", "{asks}", "sh"')
    return Fix("Start it only outside Lambda", (edit,), Applicability.SAFE)
