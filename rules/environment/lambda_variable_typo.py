from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Function, Severity, rule
from lambda_image_lint.rulekit.variables import Undefined, meant, undefined


@rule(
    "LIL607",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/python-image.html",
        "own: BuildKit puts an empty COPY destination in the working directory",
    ),
    help="Correct the name.",
)
def lambda_variable_typo(dockerfile: Dockerfile, function: Function) -> Iterator[Finding]:
    """A variable of Lambda's is misspelt, so its value is empty."""
    for use in undefined(dockerfile):
        right = meant(use.name)
        if right is None:
            continue
        written = dockerfile.span_text(use.span)
        fixed = Fix(f"Write {right}", (Edit(use.span, written.replace(use.name, right, 1)),), Applicability.SAFE)
        yield Finding(
            f"${use.name} is declared nowhere; ${right} is meant",
            use.instruction.at(use.span),
            help=f"Write ${{{right}}}.",
            fix=fixed,
            severity=Severity.WARNING if _works_by_accident(use, function) else None,
        )


def _works_by_accident(use: Undefined, function: Function) -> bool:
    """COPY to an empty destination goes to the working directory, which on an AWS base is the task root."""
    destination = use.instruction.destination
    return (
        destination is not None
        and destination.raw.strip("\"'${}") == use.name
        and function.base is not None
        and function.working_dir == "/var/task"
    )
