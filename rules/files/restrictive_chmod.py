from collections.abc import Iterator

from lambda_image_lint import (
    Applicability,
    Context,
    Dockerfile,
    Edit,
    Finding,
    Fix,
    Function,
    Instruction,
    Severity,
    TextPlace,
    rule,
)
from lambda_image_lint.rulekit.modes import closed_copies, closing_word, masks
from lambda_image_lint.rulekit.unreadable import unreadable


@rule(
    "LIL402",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-images.html",
        "own: boots of images whose handler's module has mode 0600",
    ),
    help="Let everybody read: 644 for files, 755 for directories and programs.",
)
def restrictive_chmod(function: Function, dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    """A mode that shuts out everybody but the owner, where the function has to read."""
    for group in unreadable(function)[0]:
        instruction = _at(dockerfile, group.by_chmod)
        if instruction is None:
            continue
        word = closing_word(instruction)
        safe = Applicability.SAFE if group.needed else Applicability.UNSAFE
        yield Finding(
            group.message,
            instruction.at(word.span) if word else instruction.place,
            help=f"{group.named}Lambda runs the function as uid 993, whoever owns the files: let everybody read.",
            severity=Severity.ERROR if group.needed else Severity.WARNING,
            fix=Fix(f"Write {word.open}", (Edit(word.span, word.open),), safe) if word and word.open else None,
        )
    for instruction, word in (*closed_copies(dockerfile, context), *masks(dockerfile)):
        yield Finding(
            f"{word.what} {word.written} keeps Lambda's user from reading the files",
            instruction.at(word.span),
            severity=Severity.WARNING,
            fix=Fix(f"Write {word.open}", (Edit(word.span, word.open),), Applicability.UNSAFE) if word.open else None,
        )


def _at(dockerfile: Dockerfile, place: object) -> Instruction | None:
    """The instruction that a place of the Dockerfile is, or lies in."""
    if not isinstance(place, TextPlace) or place.path is not None:
        return None
    lines = place.span.line, place.span.end_line
    return next(
        (one for one in dockerfile.instructions if one.span.line <= lines[0] and lines[1] <= one.span.end_line), None
    )
