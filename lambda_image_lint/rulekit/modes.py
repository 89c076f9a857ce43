"""Modes as a Dockerfile writes them: which shut everybody else out, and what would let them in."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.installers import installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.finding import Span
from lambda_image_lint.function.modes import new_mode
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.stages import final_instructions

_WRITERS = frozenset("cp curl git install mkdir tar touch unzip wget".split())
"""Programs whose files get what the umask leaves of their mode."""
_TAKES_AWAY = lazy(r"[ugoa]*-[rwx]+")
_READABLE = 0o004


class ModeWord(Struct, frozen=True):
    """A mode in a Dockerfile."""

    what: str
    """``chmod``, ``--chmod=`` or ``umask``."""
    written: str
    open: str | None
    """The mode that lets everybody read what the owner reads; None where it cannot be written in its place."""
    span: Span
    in_tmp: bool = False
    """It is given to something in ``/tmp``."""


def closing_word(instruction: Instruction) -> ModeWord | None:
    """The first mode of a COPY, an ADD or a RUN that does not let everybody read."""
    return next((word for word in written_modes(instruction) if _closes(word.written)), None)


def written_modes(instruction: Instruction) -> Iterator[ModeWord]:
    """Every mode in a COPY, an ADD or a RUN."""
    flag = instruction.flag("chmod")
    if flag is not None and flag.value and flag.value_span is not None:
        yield ModeWord("--chmod", flag.value, opened(flag.value), flag.value_span)
    for command in instruction.shell.named("chmod", "install") if instruction.keyword == "RUN" else ():
        word = _mode_of(command)
        if word is not None:
            yield word


def _mode_of(command: Command) -> ModeWord | None:
    """The mode of ``chmod MODE``, which may begin with a dash, and of ``install -m MODE``."""
    if command.program == "install":
        word = command.option_value("-m", "--mode", with_values=("-o", "-g", "-t"))
    else:
        word = next((one for one in command.arguments if one.text and not _is_option(one.text)), None)
    if word is None or word.text is None:
        return None
    in_tmp = any((one.text or "").startswith("/tmp") for one in command.arguments)
    return ModeWord("chmod", word.text, opened(word.text), word.span, in_tmp)


def _is_option(text: str) -> bool:
    return text.startswith("--") or (text[0] == "-" and set(text[1:]) <= set("Rvcf"))


def _closes(written: str) -> bool:
    mode = new_mode(written, 0o755, is_directory=True)
    return mode is not None and not mode & _READABLE


def opened(written: str) -> str | None:
    """``600`` → ``644``, ``0750`` → ``0755``, ``go-rwx`` → ``go-w``; None where nothing of the kind can be written."""
    if written.isdigit() and len(written) in (3, 4) and set(written) <= set("01234567"):
        owner = int(written[-3])
        if not owner & 0o4:
            return None
        group, other = (int(digit) | owner & 0o5 for digit in written[-2:])
        return f"{written[:-2]}{group}{other}"
    if _TAKES_AWAY.fullmatch(written) and "w" in written.partition("-")[2]:
        return f"{written.partition('-')[0]}-w"
    return None


def closed_copies(dockerfile: Dockerfile, context: Context) -> Iterator[tuple[Instruction, ModeWord]]:
    """COPY and ADD of the final image with such a mode, where the files themselves are not known."""
    if context.is_known:
        return
    for copy in final_instructions(dockerfile, "COPY", "ADD"):
        word = closing_word(copy)
        if word is not None and copy.flag("from") is None and not _lets_execute(word.written):
            yield copy, word


def _lets_execute(written: str) -> bool:
    """A program of which nothing is known may be one that nobody has to read."""
    mode = new_mode(written, 0o755, is_directory=False)
    return mode is not None and bool(mode & 0o001)


def masks(dockerfile: Dockerfile) -> Iterator[tuple[Instruction, ModeWord]]:
    """``umask 077`` in the final image before a command of the same RUN that writes files, and no chmod after it."""
    for run in final_instructions(dockerfile, "RUN"):
        for command in run.shell.named("umask"):
            word = next((one for one in command.arguments if one.text and one.text.isdigit()), None)
            if word is None or word.text is None or set(word.text) - set("01234567"):
                continue
            later = [one for one in run.shell.commands[command.index + 1 :] if one.in_subshell == command.in_subshell]
            if int(word.text, 8) & _READABLE and any(map(_writes, later)) and not _opens(later):
                yield run, ModeWord("umask", word.text, "022", word.span)


def _writes(command: Command) -> bool:
    call = installer(command)
    return command.program in _WRITERS or (call is not None and call.installs)


def _opens(commands: list[Command]) -> bool:
    return any(command.program == "chmod" for command in commands)
