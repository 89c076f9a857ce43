from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, Stage, rule
from lambda_image_lint.knowledge import aws_base, aws_base_versions, image_name
from lambda_image_lint.rulekit.stages import external_bases

_NEVER = {
    "python": ("latest-slim", "latest-alpine"),
    "node": ("latest-slim", "latest-alpine"),
    "ruby": ("latest-slim", "latest-alpine"),
}
"""Tags that official images have never had: their variants are named without ``latest``."""


@rule(
    "LIL705",
    Severity.ERROR,
    sources=(
        "https://gallery.ecr.aws/lambda",
        "https://github.com/docker-library/official-images/blob/master/library/python",
    ),
    help="Name a tag that exists.",
)
def invalid_base_tag(dockerfile: Dockerfile) -> Iterator[Finding]:
    """FROM names a tag that does not exist."""
    for stage, reference in external_bases(dockerfile):
        name, base = image_name(reference), aws_base(reference)
        if name.digest or name.tag is None:
            continue
        hint = ""
        if base is not None:
            versions = aws_base_versions(base.language)
            missing = base.version is not None and not base.known and _is_older(base.version, versions)
            hint = f"There are {', '.join(versions)}."
        else:
            missing = name.tag in _NEVER.get(name.full, ())
            hint = f"Write {name.tag.removeprefix('latest-')} or a version."
        if missing:
            # Where an argument gives the tag, whoever builds may pass another.
            severity = Severity.WARNING if _has_argument(stage) else None
            yield Finding(f"there is no image {reference}", stage.place, help=hint, severity=severity)


def _has_argument(stage: Stage) -> bool:
    return "$" in stage.base


def _is_older(version: str, versions: tuple[str, ...]) -> bool:
    """Whether a version is no newer than what the tables know: a newer one may have come since."""

    def number(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split(".") if part.isdigit())

    known = [number(one) for one in versions if number(one)]
    return bool(known) and bool(number(version)) and number(version) <= max(known)
