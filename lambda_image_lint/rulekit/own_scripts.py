"""Scripts of the project's own that a build runs: nobody knows what they install, and where."""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.dockerfile.shell import Command, is_shell
from lambda_image_lint.rulekit.runs import commands
from lambda_image_lint.rulekit.stages import final_stages

_SYSTEM = ("/bin/", "/sbin/", "/usr/", "/opt/", "/var/lang/")
"""Folders of programs that are no scripts of the project's."""


def by_own_script(dockerfile: Dockerfile | None, path: str) -> Unknown | None:
    """The first script that may have made a path which nothing else makes; None where no script runs."""
    for run, command in commands(final_stages(dockerfile)) if dockerfile is not None else ():
        if _runs_script(command):
            return Unknown(f"{command.words[0].raw} may have made {path}", run.place)
    return None


def _runs_script(command: Command) -> bool:
    if command.program is not None and is_shell(command.program):
        return bool(command.positionals()) and not command.has_flag("-c")
    name = command.name or ""
    return "/" in name and not name.startswith(_SYSTEM)
