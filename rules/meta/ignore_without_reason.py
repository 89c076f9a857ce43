from collections.abc import Iterator

from lambda_image_lint import Finding, Ignores, Severity, TextPlace, rule


@rule(
    "LIL002",
    Severity.INFO,
    sources=("own: who reads the ignore later has to know whether it still holds",),
    help="Say why, behind the brackets.",
    opt_in=True,
)
def ignore_without_reason(ignores: Ignores) -> Iterator[Finding]:
    """An ignore comment gives no reason."""
    for ignore in ignores.every:
        if ignore.by == "comment" and not ignore.reason and ignore.span is not None:
            yield Finding(f"ignore[{', '.join(ignore.words)}] gives no reason", TextPlace(ignore.span))
