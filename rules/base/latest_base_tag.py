from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.knowledge import aws_base, aws_base_versions, image_name
from lambda_image_lint.rulekit.stages import external_bases


@rule(
    "LIL704",
    Severity.WARNING,
    sources=(
        "https://github.com/mdneuzerling/lambdr/issues/31",
        "https://github.com/isithot/isithotrightnow/issues/19",
    ),
    help="Name the version that you mean.",
    aliases=("DL3006", "DL3007"),
)
def latest_base_tag(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A base image has no tag, or one that moves from version to version."""
    for stage, reference in external_bases(dockerfile):
        name = image_name(reference)
        if reference.endswith((":", "@")):
            continue  # no image at all: undefined-variable tells why
        if name.digest or not (name.tag is None or name.tag == "latest" or name.tag.startswith("latest-")):
            continue
        base = aws_base(reference)
        versions = aws_base_versions(base.language) if base else ()
        example = f", such as {name.repository.rpartition('/')[2]}:{versions[-1]}" if versions else ""
        yield Finding(
            f"{reference} {'has no tag' if name.tag is None else 'moves'}: another build may get another version",
            stage.place,
            help=f"Name the version that you mean{example}.",
        )
