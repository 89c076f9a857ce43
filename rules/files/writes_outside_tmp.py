from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.rulekit.own_code import own_modules
from lambda_image_lint.rulekit.unseen import unseen


@rule(
    "LIL407",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html",
        "own: boots with a read-only root",
    ),
    help="Write below /tmp: everything else is read-only.",
)
def writes_outside_tmp(function: Function) -> Iterator[Finding | Unknown]:
    """The function's code writes to a path outside /tmp, which is read-only."""
    if (nothing := unseen(function)) is not None:
        yield nothing
        return
    for module in own_modules(function, Language.PYTHON):
        from lambda_image_lint.rulekit.writes import literal_writes

        writes = sorted(
            literal_writes(module.file, function.working_dir), key=lambda one: (not one.at_import, one.line)
        )
        if writes:
            first, *more = writes
            certain = first.at_import and module.certain
            when = " when it is imported" if first.at_import else ""
            others = f", and {len(more)} more" if more else ""
            yield Finding(
                f"{module.file.path}, line {first.line}: {first.how} writes {first.path}{when}, which is read-only{others}",
                module.file.place,
                severity=Severity.ERROR if certain else Severity.WARNING,
            )
