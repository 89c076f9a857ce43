from collections.abc import Iterator
from itertools import pairwise

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.dockerfile.installers import OS_MANAGERS, installers
from lambda_image_lint.rulekit.stages import needed_instructions

_PROGRAMS = frozenset(
    {*OS_MANAGERS, "pip", "pip3", "npm", "rm", "mkdir", "cp", "mv", "ln", "chmod", "chown", "echo", "&&"}
)
_ACTIONS = frozenset({"clean", "install", "update", "upgrade", "remove", "add", "-rf", "-p", "-r", "-y", "ci"})


@rule(
    "LIL804",
    Severity.WARNING,
    sources=("own: yum takes the words behind a lost && for names of packages, and goes on without them",),
    help="Put && between the commands.",
)
def broken_shell_chain(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A command has become arguments of the one before it: a && is missing."""
    for run in needed_instructions(dockerfile, "RUN"):
        for call in installers(run.shell):
            if not call.installs:
                continue
            texts = [word.text or "" for word in call.operands]
            for index, (name, following) in enumerate(pairwise(texts)):
                word = call.operands[index]
                begins_line = dockerfile.line_text(word.span.line)[: word.span.column - 1].strip() == ""
                if name in _PROGRAMS and following in _ACTIONS and (begins_line or call.tool == name):
                    yield Finding(
                        f"`{name} {following}` is taken for packages of the {call.tool} before it: no && in between",
                        run.at(word.span),
                    )
                    break
