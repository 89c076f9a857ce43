from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.pipes import refused_pipefail


@rule(
    "LIL833",
    Severity.ERROR,
    sources=(
        "https://docs.docker.com/build/building/best-practices/#using-pipes",
        "own: dash 0.5.12 ends with `set: Illegal option -o pipefail`",
    ),
    help='Write SHELL ["/bin/bash", "-o", "pipefail", "-c"] before it, or take the option away.',
)
def shell_without_pipefail(dockerfile: Dockerfile) -> Iterator[Finding]:
    """`set -o pipefail` where /bin/sh is dash, which ends at an option that it does not know."""
    for run, command in refused_pipefail(dockerfile):
        yield Finding("dash, the shell of this RUN, has no pipefail: it ends here", run.at(command.span))
