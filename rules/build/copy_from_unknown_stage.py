from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.copies import stage_uses


@rule(
    "LIL827",
    Severity.ERROR,
    sources=("https://docs.docker.com/reference/dockerfile/#copy---from", "own: builds with BuildKit 0.22"),
    aliases=("DL3022",),
    help="Name an earlier stage; move the stage that has the files above this one.",
)
def copy_from_unknown_stage(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Files are taken from a stage that there is not, or that comes later."""
    needed = {stage.index for stage in dockerfile.needed_stages()}
    for use in stage_uses(dockerfile):
        if use.is_beyond_last:
            yield Finding(
                f"there is no stage {use.reference}: the last one is {len(dockerfile.stages) - 1}",
                use.instruction.at(use.span),
            )
        elif use.later is not None and use.instruction.stage in needed:
            yield Finding(
                f"stage {use.reference} comes later: it has no files yet",
                use.instruction.at(use.span),
                related=(use.later.place,),
            )
        elif use.meant is not None and use.instruction.stage in needed:
            yield Finding(
                f"no stage is called {use.reference}: it is looked for as an image",
                use.instruction.at(use.span),
                help=f"Did you mean {use.meant.name}?",
                related=(use.meant.place,),
                severity=Severity.WARNING,
            )
