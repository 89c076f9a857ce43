"""Steps of a build that leave Python's modules uncompiled."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.dockerfile.installers import Installer, installers
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.finding import Edit, Place
from lambda_image_lint.function.model import Function
from lambda_image_lint.knowledge import image_name
from lambda_image_lint.rulekit.edits import after, remove_option
from lambda_image_lint.rulekit.stages import final_instructions, needed_instructions

_UV_SWITCH = "UV_COMPILE_BYTECODE"
_COMPILERS = ("compileall", "--compile-bytecode", _UV_SWITCH, "compile-bytecode")
"""Words that show that the build compiles by itself, somewhere."""


class Uncompiled(Struct, frozen=True):
    """A command after which modules have no compiled form."""

    what: str
    """As a clause: ``uv sync leaves modules uncompiled``."""
    place: Place
    asked_for: bool
    """The author's own doing; False: the tool's default."""
    edit: Edit | None
    """What makes the tool compile."""


def runs_python(function: Function) -> bool:
    """Whether the function certainly is one in Python."""
    if function.base is not None:
        return function.base.language == "python"
    reference = function.base_reference
    return isinstance(reference, str) and image_name(reference).full == "python"


def leaves_uncompiled(dockerfile: Dockerfile) -> Iterator[Uncompiled]:
    """Each such command; none where the build compiles somewhere by itself."""
    if any(word in one.raw for one in needed_instructions(dockerfile) for word in _COMPILERS):
        return
    for run in needed_instructions(dockerfile, "RUN"):
        for call in installers(run.shell, "pip", "uv"):
            if call.installs and call.has("--no-compile"):
                option = next(one for one in call.options if one.name == "--no-compile")
                edit = remove_option(dockerfile, option.word.span)
                yield Uncompiled(
                    "pip install --no-compile leaves modules uncompiled", run.at(option.word.span), True, edit
                )
            elif _is_lasting(call) and call.action_word is not None:
                edit = after(call.action_word.span, " --compile-bytecode")
                yield Uncompiled(f"uv {call.action} leaves modules uncompiled", run.at(call.command.span), False, edit)
    for run in final_instructions(dockerfile, "RUN"):
        command = next((one for one in run.shell if _deletes(one)), None)
        if command is not None:
            yield Uncompiled(f"{command.program} deletes compiled modules", run.at(command.span), True, None)


def _is_lasting(call: Installer) -> bool:
    """uv that installs packages for the function; a tool of the build is none."""
    return call.tool == "uv" and call.action in ("sync", "pip install", "pip sync")


def _deletes(command: Command) -> bool:
    """``find … -name __pycache__ … -delete``, ``rm -rf …/__pycache__``, of folders that hold modules."""
    texts = [word.raw for word in command.arguments]
    if not any("__pycache__" in text or ".pyc" in text for text in texts):
        return False
    if command.program == "find":
        return any(text in ("-delete", "rm") for text in texts)
    return command.program == "rm"
