from collections.abc import Iterator

from lambda_image_lint import Applicability, Config, Dockerfile, Finding, Fix, KeyPlace, Severity, rule
from lambda_image_lint.knowledge import is_fatal, is_reserved, lambda_values
from lambda_image_lint.rulekit.edits import remove_instruction
from lambda_image_lint.rulekit.stages import final_instructions


@rule(
    "LIL604",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime",),
    help="Remove it: Lambda sets the variable itself. For local runs pass it with docker run -e.",
)
def reserved_env(dockerfile: Dockerfile | None, config: Config | None) -> Iterator[Finding]:
    """ENV sets a variable that Lambda sets itself."""
    if dockerfile is not None:
        for instruction in final_instructions(dockerfile, "ENV"):
            for pair in instruction.pairs:
                value = dockerfile.variables.expand(pair.raw_value or "", instruction)
                if _is_told(pair.name, value if isinstance(value, str) else pair.value):
                    only = len(instruction.pairs) == 1
                    fix = Fix(
                        f"Remove {pair.name}", (remove_instruction(dockerfile, instruction),), Applicability.UNSAFE
                    )
                    place = instruction.at(pair.name_span)
                    yield Finding(_message(pair.name), place, fix=fix if only else None, severity=_severity(pair.name))
    elif config is not None:
        for name, value in config.env.items():
            if _is_told(name, value):
                yield Finding(_message(name), KeyPlace(f"config.Env.{name}"), severity=_severity(name))


def _is_told(name: str, value: str | None) -> bool:
    """The AWS bases set LAMBDA_TASK_ROOT and the like to what Lambda will set them to: that does no harm."""
    return is_reserved(name) and lambda_values().get(name) != (value or "").rstrip("/")


def _message(name: str) -> str:
    if is_fatal(name):
        return (
            f"{name} is Lambda's own: an image that sets it breaks the emulator's guard and may start against nothing"
        )
    return f"{name} is Lambda's own: what the image sets is overwritten at start"


def _severity(name: str) -> Severity | None:
    return Severity.ERROR if is_fatal(name) else None
