from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.stages import needed_instructions


@rule(
    "LIL809",
    Severity.WARNING,
    sources=("https://docs.docker.com/reference/dockerfile/#copy", "https://github.com/docker/docs/issues/13207"),
    help="End the destination in a slash.",
    aliases=("DL3021",),
)
def multi_source_no_slash(dockerfile: Dockerfile) -> Iterator[Finding]:
    """COPY of several sources to a destination that does not end in a slash."""
    for copy in needed_instructions(dockerfile, "COPY", "ADD"):
        target = copy.destination
        if target is None or len(copy.sources) + len(copy.heredocs) < 2 or len(copy.sources) < 2:
            continue
        if any((flag.value or "").startswith("<") for flag in copy.flags):
            continue  # `--from=<your account>.dkr…` of a template: its words are no sources
        expanded = dockerfile.variables.expand(target.template, copy)
        if not isinstance(expanded, str) or expanded.endswith("/") or expanded in (".", "", ".."):
            continue
        place = None if target.raw.endswith('"') else after(target.span, "/")
        yield Finding(
            f"COPY of several sources to {target.text}, which does not end in a slash: the classic builder refuses it",
            copy.at(target.span),
            fix=Fix("End the destination in a slash", (place,), Applicability.SAFE) if place else None,
        )
