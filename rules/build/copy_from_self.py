from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.copies import stage_uses


@rule(
    "LIL820",
    Severity.ERROR,
    sources=(
        "https://docs.docker.com/reference/dockerfile/#copy---from",
        "own: BuildKit 0.22 says `circular dependency detected on stage`",
    ),
    help="Name the stage that has the files; inside one stage, copy with `RUN cp`.",
    aliases=("DL3023",),
)
def copy_from_self(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A stage takes files from itself, which no builder does."""
    for use in stage_uses(dockerfile):
        if use.is_own_stage:
            yield Finding(f"the stage takes files from itself: from={use.reference}", use.instruction.at(use.span))
