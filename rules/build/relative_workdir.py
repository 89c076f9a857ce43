import posixpath
from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Severity, Stage, rule
from lambda_image_lint.knowledge import aws_base, base_config
from lambda_image_lint.rulekit.systems import external_base


@rule(
    "LIL822",
    Severity.INFO,
    sources=("https://docs.docker.com/reference/build-checks/workdir-relative-path/",),
    help="Write the path from the root.",
    aliases=("DL3000", "WorkdirRelativePath"),
)
def relative_workdir(dockerfile: Dockerfile) -> Iterator[Finding]:
    """WORKDIR is relative where nothing in the file says to what."""
    for stage in dockerfile.needed_stages():
        if stage.base_stage is not None:
            continue  # its base is judged itself
        reference = external_base(dockerfile, stage)
        if reference is not None and aws_base(reference) is not None:
            continue  # /var/task: what every image of Lambda's has
        first = next(stage.all("WORKDIR"), None)
        path = dockerfile.variables.expand(first.words[0].template, first) if first is not None and first.words else "/"
        if first is None or not isinstance(path, str) or path.startswith(("/", "\\")) or path[1:2] == ":" or not path:
            continue
        word = first.words[0]
        start = _start(stage, reference)
        fix = None
        if start is not None and word.raw == path:
            edit = Edit(word.span, posixpath.normpath(posixpath.join(start, path)))
            fix = Fix("Write the path from the root", (edit,), Applicability.SAFE)
        yield Finding(
            f"WORKDIR {path} depends on the directory that the base image leaves", first.at(word.span), fix=fix
        )


def _start(stage: Stage, reference: str | None) -> str | None:
    """The directory that the base leaves, where it is known."""
    if reference is None:
        return "/" if stage.base_resolved == "scratch" else None
    config = base_config(reference)
    return None if config is None else config.working_dir
