from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.chain import chain
from lambda_image_lint.rulekit.start_downloads import download


@rule(
    "LIL224",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html",
    ),
    help="Do it in the Dockerfile, in a RUN; what changes between builds is read by the handler, into /tmp.",
)
def download_at_start(function: Function) -> Iterator[Finding | Unknown]:
    """The start installs or downloads something, at each cold start."""
    steps = chain(function)
    if isinstance(steps, Unknown):
        yield steps
        return
    for step in steps:
        command = download(step) if step.is_certain else None
        if command is not None:
            yield Finding(f"{command} runs at each cold start: {step.why}", step.place)
            return
