"""Platforms that pip and uv are told to install for."""

from collections.abc import Iterator

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import ShellWord
from lambda_image_lint.function.model import Function
from lambda_image_lint.rulekit.runs import installs
from lambda_image_lint.rulekit.stages import final_stages

_MACHINES = {"amd64": ("x86_64",), "arm64": ("aarch64", "arm64")}


def foreign_platforms(function: Function, dockerfile: Dockerfile) -> Iterator[tuple[Instruction, ShellWord, str]]:
    """Each ``--platform`` for another machine than the image's, where that is known: (RUN, value, its text)."""
    own = function.architecture
    if isinstance(own, Unknown) or own not in _MACHINES:
        return
    others = [name for machine, names in _MACHINES.items() if machine != own for name in names]
    for run, call in installs(final_stages(dockerfile), "pip", "uv"):
        words = call.values("--platform", "--python-platform")
        # Several platforms are all acceptable to pip.
        if len(words) == 1 and words[0].text and words[0].text.endswith(tuple(others)):
            yield run, words[0], words[0].text
