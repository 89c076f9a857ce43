from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.dockerfile.shell import Command, Shell, is_shell
from lambda_image_lint.rulekit.stages import needed_instructions

_DOWNLOADERS = ("curl", "wget")
_INTERPRETERS = ("python", "python3", "perl", "php", "ruby", "node")


@rule(
    "LIL611",
    Severity.WARNING,
    sources=("https://docs.docker.com/build/building/best-practices/#using-pipes",),
    help="Download a pinned version to a file, check its sum, and run it then.",
    aliases=("DL4006",),
)
def curl_pipe_shell(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A download is run at once, unseen."""
    for run in needed_instructions(dockerfile, "RUN"):
        for command in run.shell:
            source = _download(run.shell, command)
            if source is not None:
                yield Finding(
                    f"what {source.program} downloads is run straight by {_runner(command)}: whatever the address serves at build time",
                    run.at(source.span),
                )
                break


def _runner(command: Command) -> str:
    """What runs it; of ``sh -c "$(…)"`` the shell that was taken off."""
    return command.program or next(reversed(command.wrappers), "")


def _download(shell: Shell, command: Command) -> Command | None:
    """The download that a command runs: read from a pipe, or put into its words by ``$(…)``."""
    program = _runner(command)
    if not (is_shell(program) or program in _INTERPRETERS or program in ("eval", "source", ".")):
        return None
    piped = command.piped_from
    while piped is not None:
        if piped.program in _DOWNLOADERS:
            return piped
        piped = piped.piped_from
    for earlier in shell.before(command):
        inside = earlier.in_substitution and earlier.program in _DOWNLOADERS
        if (
            inside
            and command.span.line <= earlier.span.line <= command.span.end_line
            and any(word.text is None and f"{earlier.program} " in word.raw for word in command.words)
        ):
            return earlier
    return None
