"""Pipelines in RUN: which shell reads them, and whose failure it does not see."""

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from lambda_image_lint.dockerfile.installers import installer
from lambda_image_lint.dockerfile.model import Dockerfile, Form, Instruction
from lambda_image_lint.dockerfile.shell import SHELLS, Command, Shell
from lambda_image_lint.knowledge import operating_system
from lambda_image_lint.rulekit.runs import failure_ends_build
from lambda_image_lint.rulekit.stages import needed_instructions
from lambda_image_lint.rulekit.systems import external_base, system

_SOURCES = frozenset(
    "curl wget aws gh git cat zcat gunzip xz gpg openssl unzip poetry pipenv uv pip pip3 npm yarn pnpm python python3 node jq".split()
)
"""Programs whose failure leaves a pipe empty, or cut short, where something was wanted."""
_CONTENT = frozenset(
    [*"perl php ruby tee jq sed awk gawk cut tr sort uniq wc cat base64 patch python python3 node".split(), *SHELLS]
)
"""Programs that end well when they read nothing at all; own: each was given an empty input. tar (with any compression), gzip,
gpg, apt-key, grep and sha256sum -c end with an error, so that a build that pipes into them does not go on."""
_KNOWING = frozenset({"bash", "ash", "zsh", "ksh"})
_SYSTEM_SHELLS = {"al1": "bash", "al2": "bash", "al2023": "bash", "alpine": "ash", "debian": "dash", "ubuntu": "dash"}
"""System → what its ``/bin/sh`` is."""
_LAST_WITHOUT = {"debian": (13,), "ubuntu": (24, 4)}
"""Distribution → its last release whose dash certainly has no ``pipefail``: dash 0.5.12 refuses it."""


class Pipe(Struct, frozen=True):
    """A pipeline whose outcome is that of its last command alone."""

    run: Instruction
    source: Command
    """What may fail unseen."""
    reader: Command
    """The last command, which ends well when it reads nothing."""


def blind_pipes(dockerfile: Dockerfile) -> Iterator[Pipe]:
    """Pipelines of the stages that are built, where the build goes on with nothing if their source fails."""
    for run in needed_instructions(dockerfile, "RUN"):
        if "pipefail" in run.raw or "pipefail" in shell_words(dockerfile, run):
            continue
        for reader in run.shell:
            if reader.piped_from is None or _is_read(run.shell, reader) or not _is_content(reader):
                continue
            sources = [one for one in _upstream(reader) if one.program in _SOURCES]
            if sources and _decides(run, reader):
                yield Pipe(run, sources[-1], reader)


def _is_read(shell: Shell, command: Command) -> bool:
    """Whether another command of the pipeline reads this one's output."""
    return any(one.piped_from is command for one in shell.commands[command.index + 1 :])


def _upstream(reader: Command) -> Iterator[Command]:
    """What a command reads from, the nearest first."""
    one = reader.piped_from
    while one is not None:
        yield one
        one = one.piped_from


def _is_content(reader: Command) -> bool:
    if "xargs" in reader.wrappers:
        return False
    call = installer(reader)
    if call is not None and call.tool == "pip":
        return any(word.text in ("/dev/stdin", "-") for word in call.requirement_files)
    return reader.program in _CONTENT or (reader.name is None and bool(SHELLS & {*reader.wrappers}))


def _decides(run: Instruction, reader: Command) -> bool:
    """Whether a failure of the pipeline would end the build; that of ``X=$(a | b)`` is the assignment's."""
    if not reader.in_substitution:
        return failure_ends_build(run, reader)
    after = run.shell.commands[reader.index + 1 :]
    outer = next((one for one in after if not one.in_substitution), None)
    return outer is not None and outer.name is None and bool(outer.assignments) and failure_ends_build(run, outer)


def shell_words(dockerfile: Dockerfile, instruction: Instruction) -> tuple[str, ...]:
    """What runs the shell form of an instruction, with the SHELL of the stages that its own stands on."""
    if instruction.stage is None:
        return instruction.shell_words
    found = instruction.shell_words
    for stage in dockerfile.stage_chain(dockerfile.stages[instruction.stage]):
        for shell in stage.all("SHELL"):
            if shell.index < instruction.index and shell.words:
                found = tuple(word.text for word in shell.words)
    return found


def shell_name(dockerfile: Dockerfile, run: Instruction) -> str | None:
    """The shell that reads a RUN: ``bash``, ``dash``, ``ash`` …; None where the base does not tell what its sh is."""
    if run.stage is None:
        return None
    named = shell_words(dockerfile, run)[0].rpartition("/")[2]
    return _SYSTEM_SHELLS.get(system(dockerfile, dockerfile.stages[run.stage]) or "") if named == "sh" else named


def knows_pipefail(dockerfile: Dockerfile, run: Instruction) -> bool | None:
    """Whether the shell of a RUN takes ``set -o pipefail``; None where that is not known."""
    shell = shell_name(dockerfile, run)
    if shell != "dash" or run.stage is None:
        return True if shell in _KNOWING else None
    stage = dockerfile.stages[run.stage]
    # A tag that moves, such as debian:sid, names no release: `systems.release` would give the oldest that it may be.
    found = operating_system(external_base(dockerfile, stage) or "")
    last = _LAST_WITHOUT.get(found.distribution) if found is not None else None
    numbers = [int(part) for part in (found.release or "" if found is not None else "").split(".") if part.isdigit()]
    return False if last is not None and numbers and tuple(numbers) <= last else None


def refused_pipefail(dockerfile: Dockerfile) -> Iterator[tuple[Instruction, Command]]:
    """``set -o pipefail`` that certainly runs in a shell without it."""
    for run in needed_instructions(dockerfile, "RUN"):
        if "pipefail" not in run.raw or run.form is not Form.SHELL or _has_interpreter(run):
            continue
        if knows_pipefail(dockerfile, run) is not False:
            continue
        for command in run.shell.named("set"):
            plain = command.is_certain and not (command.in_subshell or command.in_substitution or command.wrappers)
            if plain and _asks(command):
                yield run, command
                break


def _has_interpreter(run: Instruction) -> bool:
    return any(one.body.startswith("#!") for one in run.heredocs) or (
        bool(run.heredocs) and not run.value.strip().startswith("<<")
    )


def _asks(command: Command) -> bool:
    """``-o pipefail``, ``-euo pipefail``."""
    texts = [word.text or "" for word in command.arguments]
    return any(first[:1] == "-" and first.endswith("o") and second == "pipefail" for first, second in pairwise(texts))
