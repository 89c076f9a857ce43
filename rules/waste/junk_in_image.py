from collections.abc import Iterator

from lambda_image_lint import (
    Applicability,
    Context,
    Dockerfile,
    Edit,
    Finding,
    Fix,
    Function,
    Severity,
    Span,
    Unknown,
    rule,
)
from lambda_image_lint.rulekit.junk import Junk, junk_copied, junk_in
from lambda_image_lint.rulekit.sizes import shown_size
from lambda_image_lint.rulekit.unseen import unseen


@rule(
    "LIL908",
    Severity.INFO,
    sources=("https://docs.docker.com/build/concepts/context/#dockerignore-files",),
    help="Name it in .dockerignore. It counts against the 10 GiB limit, and for push, storage and the time in Pending.",
)
def junk_in_image(
    function: Function, dockerfile: Dockerfile | None, context: Context | None
) -> Iterator[Finding | Unknown]:
    """Version control, caches, tests or build results of tools lie beside the function's code."""
    if dockerfile is not None and context is not None:
        for copied in junk_copied(dockerfile, context, function):
            names = ", ".join(copied.names)
            yield Finding(
                f"{copied.copy.keyword} brings what the function does not need: {names} ({shown_size(copied.size)})",
                copied.copy.at(copied.word.span),
                fix=_fix(context, copied),
            )
    elif dockerfile is None:
        if (nothing := unseen(function)) is not None:
            yield nothing
        for folder, size in junk_in(function):
            yield Finding(f"{folder.path} ({shown_size(size)}) is nothing that the function needs", folder.place)


def _fix(context: Context, copied: Junk) -> Fix | None:
    """Add lines to the .dockerignore that is there."""
    found = context.find(".dockerignore")
    content = None if found is None or isinstance(found, Unknown) else found.read()
    if not isinstance(content, bytes):
        return None
    text = content.decode("utf-8", "replace")
    last = text.count("\n") + 1
    end = Span(last, len(text.rpartition("\n")[2]) + 1, last, len(text.rpartition("\n")[2]) + 1)
    lines = "".join(f"{path}\n" for path in copied.paths)
    edit = Edit(end, lines if text.endswith("\n") or not text else f"\n{lines}", ".dockerignore")
    return Fix("Name them in .dockerignore", (edit,), Applicability.UNSAFE)
