from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule

_RESERVED = {"scratch": "the empty image", "context": "the build context"}


@rule(
    "LIL828",
    Severity.WARNING,
    sources=("https://docs.docker.com/reference/build-checks/reserved-stage-name/",),
    help="Give the stage another name.",
    aliases=("DL3063", "ReservedStageName"),
)
def reserved_stage_name(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A stage has a name that means something else to Docker."""
    for stage in dockerfile.stages:
        if stage.name is not None and stage.name.lower() in _RESERVED:
            word = stage.from_instruction.words[2]
            yield Finding(
                f"{stage.name} is Docker's name for {_RESERVED[stage.name.lower()]}",
                stage.from_instruction.at(word.span),
            )
