from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.stages import final_instructions


@rule(
    "LIL823",
    Severity.INFO,
    sources=("https://docs.docker.com/reference/dockerfile/#onbuild",),
    help="Delete ONBUILD before it, unless other images are built from this one.",
)
def onbuild_misuse(dockerfile: Dockerfile) -> Iterator[Finding]:
    """ONBUILD in an image that names a handler: it does nothing there."""
    if not any(one.keyword in ("CMD", "ENTRYPOINT") for one in final_instructions(dockerfile)):
        return
    for instruction in final_instructions(dockerfile, "ONBUILD"):
        inner = instruction.inner
        if inner is not None and instruction.stage == (dockerfile.final.index if dockerfile.final else None):
            yield Finding(
                f"{inner.keyword} is not carried out: ONBUILD keeps it for images built FROM this one",
                instruction.place,
            )
