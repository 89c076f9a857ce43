from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.stages import needed_instructions


@rule(
    "LIL810",
    Severity.WARNING,
    sources=("https://docs.docker.com/reference/dockerfile/#adding-local-tar-archives",),
    help="Unpack it in a builder stage, and copy what was in it.",
)
def add_zip_not_extracted(dockerfile: Dockerfile) -> Iterator[Finding]:
    """ADD of a zip into a folder: ADD unpacks tar archives alone."""
    for add in needed_instructions(dockerfile, "ADD", "COPY"):
        target = add.destination
        if target is None or target.text.endswith(".zip"):
            continue
        to_opt = target.text.rstrip("/").startswith("/opt")
        for word in add.sources:
            if (
                word.text.endswith(".zip")
                and (add.keyword == "ADD" or to_opt)
                and not _is_unpacked(dockerfile, word.text)
            ):
                yield Finding(f"{add.keyword} does not unpack {word.text}: only tar archives are", add.at(word.span))


def _is_unpacked(dockerfile: Dockerfile, path: str) -> bool:
    """Whether a RUN unpacks a zip of that name, or any zip that is not named outright."""
    name = path.rpartition("/")[2]
    for run in needed_instructions(dockerfile, "RUN"):
        for command in run.shell.named("unzip", "bsdtar", "python", "python3", "jar", "7z"):
            if any(
                word.text is None or word.text.rpartition("/")[2] == name or word.glob for word in command.arguments
            ):
                return True
    return False
