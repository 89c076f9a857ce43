from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.edits import remove_option

_TARGET = ("$TARGETPLATFORM", "${TARGETPLATFORM}")


@rule(
    "LIL830",
    Severity.INFO,
    sources=("https://docs.docker.com/reference/build-checks/redundant-target-platform/",),
    help="Delete the flag.",
    aliases=("DL3065", "RedundantTargetPlatform"),
)
def redundant_platform(dockerfile: Dockerfile) -> Iterator[Finding]:
    """FROM asks for the platform that it gets anyway."""
    for stage in dockerfile.stages:
        flag = stage.from_instruction.flag("platform")
        if flag is not None and (flag.value or "").strip("\"'") in _TARGET:
            fix = Fix("Delete the flag", (remove_option(dockerfile, flag.span),), Applicability.SAFE)
            yield Finding(
                "--platform=$TARGETPLATFORM is what FROM takes by itself", stage.from_instruction.at(flag.span), fix=fix
            )
