from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Instruction, Severity, rule
from lambda_image_lint.rulekit.edits import after, before


@rule(
    "LIL825",
    Severity.INFO,
    sources=(
        "https://docs.docker.com/reference/build-checks/maintainer-deprecated/",
        "https://github.com/opencontainers/image-spec/blob/main/annotations.md",
    ),
    help="Write the label org.opencontainers.image.authors.",
    aliases=("DL4000", "MaintainerDeprecated"),
)
def maintainer(dockerfile: Dockerfile) -> Iterator[Finding]:
    """MAINTAINER, which a label has replaced."""
    for instruction in dockerfile.all("MAINTAINER"):
        if instruction.words:
            yield Finding("MAINTAINER is deprecated", instruction.at(instruction.keyword_span), fix=_fix(instruction))


def _fix(instruction: Instruction) -> Fix | None:
    word = instruction.words[0]
    if any(letter in word.raw for letter in "\\`$\n'"):
        return None
    opening, closing = ("", "") if '"' in word.raw else ('"', '"')
    if opening == "" and not (word.raw.startswith('"') and word.raw.endswith('"') and word.raw.count('"') == 2):
        return None
    edits = [Edit(instruction.keyword_span, "LABEL"), before(word.span, f"org.opencontainers.image.authors={opening}")]
    if closing:
        edits.append(after(word.span, closing))
    return Fix("Write the label", tuple(edits), Applicability.SAFE)
