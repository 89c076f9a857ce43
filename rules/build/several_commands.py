from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Instruction, Severity, rule
from lambda_image_lint.rulekit.edits import remove_instruction


@rule(
    "LIL821",
    Severity.WARNING,
    sources=("https://docs.docker.com/reference/build-checks/multiple-instructions-disallowed/",),
    help="Keep one; an image has one handler, and a function's ImageConfig can name another.",
    aliases=("DL4003", "DL4004", "MultipleInstructionsDisallowed"),
)
def several_commands(dockerfile: Dockerfile) -> Iterator[Finding]:
    """CMD or ENTRYPOINT stands twice in a stage: only the last one counts."""
    for stage in dockerfile.needed_stages():
        for keyword in ("CMD", "ENTRYPOINT"):
            every = tuple(stage.all(keyword))
            for earlier in every[:-1]:
                yield Finding(
                    f"a later {keyword} of the same stage replaces it",
                    earlier.place,
                    severity=None if _text(earlier) != _text(every[-1]) else Severity.INFO,
                    fix=Fix(
                        f"Delete the {keyword} that has no effect",
                        (remove_instruction(dockerfile, earlier),),
                        Applicability.SAFE,
                    ),
                    related=(every[-1].place,),
                )


def _text(instruction: Instruction) -> tuple[str, ...]:
    return tuple(word.text for word in instruction.words)
