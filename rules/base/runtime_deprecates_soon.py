from collections.abc import Iterator
from datetime import timedelta

from lambda_image_lint import Finding, Function, Settings, Severity, rule
from lambda_image_lint.knowledge import newest, runtime

AHEAD = timedelta(days=180)
"""Own choice: AWS announces a deprecation at least that long before it."""


@rule(
    "LIL702",
    Severity.INFO,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",),
    help="Plan the move to a newer runtime.",
)
def runtime_deprecates_soon(function: Function, settings: Settings) -> Iterator[Finding]:
    """The AWS base image belongs to a runtime that is deprecated within 180 days."""
    base = function.base
    known = runtime(base.runtime) if base and base.runtime else None
    if known is None or not settings.as_of < known.deprecated <= settings.as_of + AHEAD:
        return
    yield Finding(
        f"the runtime {known.id} is deprecated from {known.deprecated} on",
        function.where("base"),
        help=f"Plan the move; {newest(known.language).id} is supported longest.",
    )
