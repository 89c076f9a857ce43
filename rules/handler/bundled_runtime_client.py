from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, rule
from lambda_image_lint.rulekit.bundled_clients import bundled_client


@rule(
    "LIL320",
    Severity.WARNING,
    sources=(
        "https://github.com/aws/aws-lambda-base-images/issues/586",
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#runtimes-images-lp",
    ),
    help="Leave it out: the base image brings the runtime client, in the version that fits it.",
)
def bundled_runtime_client(function: Function) -> Iterator[Finding]:
    """The image brings a runtime client of its own to an AWS base that starts the one it has."""
    found = bundled_client(function)
    if found is not None:
        name, place = found
        yield Finding(f"{name} is installed on an AWS base, which has a runtime client and starts that one", place)
