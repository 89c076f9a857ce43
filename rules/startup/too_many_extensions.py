from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, rule
from lambda_image_lint.knowledge import limit
from lambda_image_lint.rulekit.extensions import extensions


@rule(
    "LIL215",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
        "own: a boot of an image with eleven extensions",
    ),
    help="Remove extensions from /opt/extensions, or put what is none into a folder of its own.",
)
def too_many_extensions(function: Function) -> Iterator[Finding]:
    """There are more extensions than Lambda starts."""
    files, most = extensions(function), limit("extensions")
    if len(files) > most:
        yield Finding(
            f"{len(files)} files in /opt/extensions: Lambda starts at most {most} extensions", files[most].place
        )
