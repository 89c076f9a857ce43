from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Instruction, Severity, Span, rule
from lambda_image_lint.knowledge import lambda_values, task_variables
from lambda_image_lint.rulekit.variables import undefined


@rule(
    "LIL608",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/python-image.html#python-image-clients",),
    help="Only the AWS base images define it for the build: declare it, or write the path.",
)
def task_root_undefined(dockerfile: Dockerfile) -> Iterator[Finding]:
    """LAMBDA_TASK_ROOT is used on a base image that does not define it."""
    seen: set[tuple[int | None, str]] = set()
    for use in undefined(dockerfile):
        if use.name not in task_variables():
            continue
        stage = use.instruction.stage
        assert stage is not None
        start = dockerfile.stages[stage].from_instruction.span
        value = lambda_values()[use.name]
        declare = Edit(
            Span(start.end_line, start.end_column, start.end_line, start.end_column), f"\nARG {use.name}={value}"
        )
        first = (stage, use.name) not in seen
        seen.add((stage, use.name))
        breaks = use.in_shell and dockerfile.span_text(use.span).strip("${}") == use.name
        yield Finding(
            f"${use.name} is empty here: only the AWS base images define it",
            use.instruction.at(use.span),
            help=f"Declare it after FROM (ARG {use.name}={value}), or write the path.",
            fix=Fix(f"Declare {use.name}", (declare,), Applicability.SAFE) if first else None,
            severity=Severity.ERROR if breaks and _is_target(use.instruction, use.span) else None,
        )


def _is_target(instruction: Instruction, span: Span) -> bool:
    """Whether the variable is all there is of an option's value, as in ``pip install --target "$X"``."""
    for command in instruction.shell.named("pip", "pip3", "uv", "python", "python3"):
        value = command.option_value("--target", "-t")
        if value is not None and len(value.parts) == 1 and value.span.line <= span.line <= value.span.end_line:
            return value.raw.strip("\"'").startswith("$")
    return False
