from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.package_lists import joined, stale_lists


@rule(
    "LIL915",
    Severity.INFO,
    sources=("https://docs.docker.com/build/building/best-practices/#apt-get",),
    help="Update and install in the same RUN: apt-get update && apt-get install -y …",
)
def stale_package_lists(dockerfile: Dockerfile) -> Iterator[Finding]:
    """apt installs from lists that an earlier RUN has fetched: from the cache they are as old as that layer."""
    for lists in stale_lists(dockerfile):
        edits = joined(dockerfile, lists)
        first = lists.readers[0]
        yield Finding(
            f"the install in line {first.span.line} reads these lists, however old the cached layer is",
            lists.update.at((lists.call.action_word or lists.call.tool_word).span),
            related=tuple(one.place for one in lists.readers),
            fix=Fix("Update in the RUN that installs", edits, Applicability.UNSAFE) if edits else None,
        )
