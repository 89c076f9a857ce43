from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.modes import ModeWord, written_modes
from lambda_image_lint.rulekit.stages import final_instructions

_OPEN = frozenset({"777", "0777", "a+rwx", "a=rwx", "ugo+rwx", "ugo=rwx", "a+rwX", "ugo+rwX", "u+rwx,g+rwx,o+rwx"})


@rule(
    "LIL409",
    Severity.INFO,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",),
    help="Write 755, or a+rX: nobody can write into the image at run time anyway.",
)
def chmod_777(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A mode that lets everybody write, where nobody can."""
    users = [one for one in final_instructions(dockerfile, "USER") if one.value not in ("root", "0")]
    for instruction in final_instructions(dockerfile, "COPY", "ADD", "RUN"):
        for word in written_modes(instruction):
            if word.written in _OPEN:
                yield Finding(
                    f"{word.what} {word.written} lets everybody write, in an image that is read-only on Lambda",
                    instruction.at(word.span),
                    # A later step of another user may write during the build.
                    fix=None if users or word.in_tmp else _fix(word),
                )


def _fix(word: ModeWord) -> Fix:
    tighter = word.written.replace("777", "755") if "777" in word.written else "a+rx"
    return Fix(f"Write {tighter}", (Edit(word.span, tighter),), Applicability.SAFE)
