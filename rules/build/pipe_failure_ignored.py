from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.dockerfile.shell import SHELLS
from lambda_image_lint.rulekit.edits import before
from lambda_image_lint.rulekit.pipes import Pipe, blind_pipes, knows_pipefail, shell_name

_DOWNLOADERS = ("curl", "wget")
_INTERPRETERS = (*SHELLS, "python", "python3", "perl", "php", "ruby", "node")
_CURE = {
    True: "Begin the RUN with set -o pipefail.",
    False: 'The shell here is dash, which has no pipefail: write SHELL ["/bin/bash", "-o", "pipefail", "-c"] where bash is there, or use a file.',
    None: 'Where the shell knows it, begin with set -o pipefail; else SHELL ["/bin/bash", "-o", "pipefail", "-c"], or a file.',
}


@rule(
    "LIL832",
    Severity.INFO,
    sources=(
        "https://docs.docker.com/build/building/best-practices/#using-pipes",
        "own: what each reader does with an empty input",
    ),
    help="Let the shell see it: set -o pipefail, or a file in between.",
    aliases=("DL4006",),
)
def pipe_failure_ignored(dockerfile: Dockerfile) -> Iterator[Finding]:
    """The first command of a pipe may fail, and the build goes on with nothing."""
    told = set()
    for pipe in blind_pipes(dockerfile):
        if _runs_download(pipe) or pipe.run.index in told:
            continue  # curl-pipe-shell tells it: what has to go there is the pipe itself
        told.add(pipe.run.index)
        knows = False if shell_name(dockerfile, pipe.run) == "dash" else knows_pipefail(dockerfile, pipe.run)
        reader = pipe.reader.program or "what reads it"
        yield Finding(
            f"where {pipe.source.program} fails, {reader} reads nothing and the build goes on",
            pipe.run.at(pipe.source.span),
            help=_CURE[knows],
            fix=_fix(pipe) if knows else None,
        )


def _runs_download(pipe: Pipe) -> bool:
    return pipe.source.program in _DOWNLOADERS and (
        pipe.reader.program in _INTERPRETERS or bool(SHELLS & {*pipe.reader.wrappers})
    )


def _fix(pipe: Pipe) -> Fix | None:
    """For a line: where a script stands, its author says where the option goes."""
    if pipe.run.heredocs or pipe.run.form != "shell" or not pipe.run.shell.commands:
        return None
    return Fix(
        "Begin with set -o pipefail", (before(pipe.run.value_span, "set -o pipefail && "),), Applicability.UNSAFE
    )
