from collections.abc import Iterator

from lambda_image_lint import Applicability, Context, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.ordering import late_installs


@rule(
    "LIL901",
    Severity.INFO,
    sources=(
        "https://docs.docker.com/build/cache/optimize/",
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    ),
    help="Copy the list of dependencies alone, install, and copy the code last.",
)
def cache_order(dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    """Dependencies are installed after the code was copied: each change of the code installs them anew."""
    for late in late_installs(dockerfile, context):
        from lambda_image_lint.rulekit.reordering import swap

        edits = swap(dockerfile, context, late)
        line = late.copies[0].span.line
        word = late.call.action_word or late.call.tool_word
        yield Finding(
            f"{late.call.tool} installs after the code was copied in line {line}: each change of the code repeats it",
            late.run.at(word.span),
            related=tuple(copy.place for copy in late.copies),
            fix=Fix("Copy the code after the install", edits, Applicability.UNSAFE) if edits else None,
        )
