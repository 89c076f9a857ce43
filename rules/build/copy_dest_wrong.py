from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.copies import context_sources

_LISTS = frozenset(
    "pyproject.toml poetry.lock uv.lock requirements.txt Pipfile Pipfile.lock package.json package-lock.json yarn.lock "
    "pnpm-lock.yaml Gemfile Gemfile.lock go.mod go.sum Cargo.toml Cargo.lock pom.xml build.gradle composer.json composer.lock".split()
)
"""Files whose name is what their tool looks for: one under the name of another is never meant."""


@rule(
    "LIL808",
    Severity.ERROR,
    sources=("https://docs.docker.com/reference/dockerfile/#copy",),
    help="Name the folder as the destination, with a slash at its end.",
)
def copy_dest_wrong(dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    """A file is copied onto the name of another."""
    for source in context_sources(dockerfile, context):
        copy = source.copy
        if len(copy.sources) != 1 or copy.destination is None or not source.found:
            continue
        target = copy.destination.text.rstrip("/").rpartition("/")[2]
        name = source.path.rstrip("/").rpartition("/")[2]
        if name in _LISTS and target in _LISTS and name != target and not copy.destination.text.endswith("/"):
            yield Finding(
                f"{name} is copied onto the name {target}",
                copy.at(copy.destination.span),
                help=f"COPY takes its last word as the destination: write COPY {name} {target} ./",
            )
