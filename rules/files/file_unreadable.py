from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Function, Severity, TextPlace, Unknown, rule
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.unreadable import Unreadable, unreadable
from lambda_image_lint.rulekit.unseen import unseen


@rule(
    "LIL401",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-images.html",
        "https://github.com/terraform-aws-modules/terraform-aws-lambda/issues/209",
        "own: boots of images whose handler's module has mode 0600",
    ),
    help="Make it readable for everybody: COPY --chmod=755, or RUN chmod -R a+rX.",
)
def file_unreadable(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """Files of the function that the user it runs as cannot read."""
    if (nothing := unseen(function)) is not None:
        yield nothing
        return
    groups, undecided = unreadable(function)
    yield from undecided
    for group in groups:
        if group.by_chmod is None:
            yield Finding(
                group.message,
                group.place,
                help=f"{group.named}Make them readable for everybody: COPY --chmod=755, or RUN chmod -R a+rX.",
                severity=Severity.ERROR if group.needed else Severity.WARNING,
                fix=_fix(dockerfile, group),
            )


def _fix(dockerfile: Dockerfile | None, group: Unreadable) -> Fix | None:
    """Add ``--chmod`` to the COPY that brought them."""
    if dockerfile is None or not isinstance(group.place, TextPlace):
        return None
    copy = next((one for one in dockerfile.all("COPY", "ADD") if one.span == group.place.span), None)
    if copy is None or copy.flag("chmod") is not None:
        return None
    return Fix("Copy with --chmod=755", (after(copy.keyword_span, " --chmod=755"),), Applicability.SAFE)
