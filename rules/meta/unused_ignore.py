from collections.abc import Iterator

from lambda_image_lint import Applicability, Edit, Finding, Fix, Ignores, Severity, TextPlace, rule


@rule(
    "LIL001",
    Severity.INFO,
    sources=("own: an ignore that outlives its finding hides the next one",),
    help="Delete it.",
)
def unused_ignore(ignores: Ignores) -> Iterator[Finding]:
    """An ignore comment hides nothing, or names no rule."""
    for unused in ignores.unused:
        assert unused.ignore.span is not None
        yield Finding(
            f"ignore[{unused.word}] {unused.why}",
            TextPlace(unused.ignore.span),
            fix=Fix("Delete the ignore", (Edit(unused.edit_span, ""),), Applicability.SAFE),
        )
