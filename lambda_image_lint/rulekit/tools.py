"""Commands that a base image lacks, and what brings them."""

from lambda_image_lint.dockerfile.installers import OS_MANAGERS, installers
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.dockerfile.shell import Command

_LEAN = frozenset(
    "bzip2 ca-certificates findutils git-core gzip jq make openssl python3-pip shadow-utils tar unzip util-linux wget "
    "which xz zip procps-ng".split()
)
"""Packages of Amazon Linux 2023 that need none of the others here, so that one of them never brings another by the way.
Source: ``dnf repoquery --requires``, as the release notes list them:
https://docs.aws.amazon.com/linux/al2023/release-notes/all-packages.html, read 2026-11-23."""
_COMPANIONS = {"unzip": "zip"}
"""Package → one that may bring it all the same: Fedora's zip, which that of Amazon Linux comes from, requires unzip, and
public Dockerfiles call unzip after an install of zip alone (https://github.com/maxday/lambda-perf, read 2026-11-23)."""

_QUIET = frozenset(
    "cd chmod chown cp curl echo env export ls mkdir mv pip pip3 printf rm set sh test touch uname".split()
)
"""Commands that never bring a tool by themselves."""


def may_have_brought(
    dockerfile: Dockerfile, stage: Stage, run: Instruction, command: Command, tool: str, package: str
) -> bool:
    """Whether anything before a command may have brought a tool: an install, a copy, or what nobody understands."""
    for one in (one for part in dockerfile.stage_chain(stage) for one in part.instructions):
        if one.index > run.index:
            break
        if one.keyword in ("COPY", "ADD") and (one.flag("from") is not None or tool in one.raw):
            return True
        if one.keyword == "RUN":
            before = run.shell.before(command) if one is run else one.shell.commands
            if one.shell.unparsed is not None or any(_brings(each, tool, package) for each in before):
                return True
            calls = [
                call
                for call in installers(one.shell, *OS_MANAGERS)
                if one is not run or call.command.index < command.index
            ]
            for call in calls:
                if call.installs and not all((word.text or "?") in _LEAN for word in call.operands):
                    return True
                if call.installs and {package, _COMPANIONS.get(package)} & {word.text for word in call.operands}:
                    return True
    return False


def _brings(command: Command, tool: str, package: str) -> bool:
    """Whether a command names the tool as something to get, or runs a script that nobody has read."""
    if command.program in OS_MANAGERS or command.name is None:
        return command.name is None and bool(command.words)
    if command.program in ("ln", "alternatives", "busybox", "rpm", "amazon-linux-extras"):
        return True
    return "/" in command.name or (
        command.program not in _QUIET and any(word.text == tool for word in command.arguments)
    )
