from collections.abc import Iterator

from lambda_image_lint import Config, Finding, Layers, Manifest, Severity, Unknown, rule
from lambda_image_lint.rulekit.damage import all_problems, place_of, severity_of

MOST = 20
"""Faults that are named; a hostile document has a million."""


@rule(
    "LIL112",
    Severity.ERROR,
    sources=("https://github.com/opencontainers/image-spec/blob/main/descriptor.md",),
    help="Build and push the image again; if it comes back damaged, the copy or the registry is at fault.",
)
def image_corrupt(
    config: Config | None, manifest: Manifest | None, layers: Layers | None
) -> Iterator[Finding | Unknown]:
    """A part of the image is not what its digest, its size or its description says."""
    if config is None and manifest is None and layers is None:
        return
    problems = all_problems(config, manifest, layers)
    for problem in problems[:MOST]:
        yield Finding(problem.detail, place_of(problem, manifest), severity=severity_of(problem))
    if len(problems) > MOST:
        last = problems[-1]
        yield Finding(
            f"{len(problems) - MOST} more faults like these", place_of(last, manifest), severity=severity_of(last)
        )
    if layers is None:
        yield Unknown("layers not read")
