from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.pairs import spaced_values
from lambda_image_lint.rulekit.stages import needed_instructions


@rule(
    "LIL612",
    Severity.WARNING,
    sources=("https://docs.docker.com/reference/build-checks/legacy-key-value-format/", "own: Docker's parser"),
    help="Write NAME=value without blanks around the equals sign.",
)
def spaced_equals_sign(dockerfile: Dockerfile) -> Iterator[Finding]:
    """`ENV NAME = value`: the equals sign becomes part of the value."""
    for instruction in needed_instructions(dockerfile, "ENV"):
        for pair, edit in spaced_values(instruction):
            yield Finding(
                f"{pair.name} gets the value `{pair.value}`, equals sign and all",
                instruction.at(pair.span),
                fix=Fix("Write it without blanks", (edit,), Applicability.SAFE) if edit is not None else None,
            )
