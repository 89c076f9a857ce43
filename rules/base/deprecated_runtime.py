from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Settings, Severity, rule
from lambda_image_lint.knowledge import newest, runtime


@rule(
    "LIL701",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",),
    help="Move to a runtime that still gets patches.",
)
def deprecated_runtime(function: Function, settings: Settings) -> Iterator[Finding]:
    """The AWS base image belongs to a runtime that gets no patches any more."""
    base = function.base
    known = runtime(base.runtime) if base and base.runtime else None
    if known is None or not known.is_deprecated(settings.as_of):
        return
    successor = newest(known.language).id
    yield Finding(
        f"the runtime {known.id} is deprecated since {known.deprecated}: its base image gets no patches any more",
        function.where("base"),
        help=f"Move to a newer base; {successor} is supported longest.",
    )
