from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Severity, Unknown, rule
from lambda_image_lint.rulekit.stages import needed_instructions

_UNPACKED = (
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz2",
    ".tar.xz",
    ".txz",
    ".tar.zst",
    ".gz",
    ".bz2",
    ".xz",
    ".zip",
)
"""What ADD unpacks, or a reader may think it does."""


@rule(
    "LIL913",
    Severity.INFO,
    sources=("https://docs.docker.com/build/building/best-practices/#add-or-copy",),
    help="Use COPY.",
    aliases=("DL3020",),
)
def add_instead_of_copy(dockerfile: Dockerfile) -> Iterator[Finding]:
    """ADD copies a plain local file, which COPY does."""
    for add in needed_instructions(dockerfile, "ADD"):
        texts = [word.text for word in add.sources]
        values = [dockerfile.variables.expand(word.template, add) for word in add.sources]
        remote = any(_may_be_remote(text, value) for text, value in zip(texts, values, strict=True))
        if not texts or remote or any(_may_be_unpacked(text) for text in texts):
            continue
        only_add = {"keep-git-dir", "checksum", "unpack"} & {flag.name for flag in add.flags}
        written = dockerfile.span_text(add.keyword_span)
        edit = Edit(add.keyword_span, "COPY" if written.isupper() else "copy")
        yield Finding(
            f"ADD copies {texts[0]}{' …' if len(texts) > 1 else ''}, a plain local source",
            add.at(add.keyword_span),
            fix=None if only_add else Fix("Write COPY", (edit,), Applicability.SAFE),
        )


def _may_be_remote(text: str, value: str | Unknown) -> bool:
    """Whether it is an address, or may begin with one: ``${URL}``, ``${MIRROR}/x`` of a variable that has no value."""
    if not text.startswith("$"):
        return "://" in text or text.startswith("git@")
    if isinstance(value, Unknown) or "/" not in text.partition("}")[2]:
        return True
    return value.startswith(("/", "git@")) or "://" in value


def _may_be_unpacked(text: str) -> bool:
    """Whether the ending is an archive's, or comes from a variable."""
    if text.endswith("/"):
        return False  # a folder
    # ``target/${NAME}-runner.jar`` is a plain file, whatever the name.
    return text.lower().rstrip("*").endswith(_UNPACKED) or ("$" in text and "." not in text.rpartition("}")[2])
