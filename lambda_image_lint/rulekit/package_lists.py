"""Lists of packages that apt reads in one RUN, and that another RUN has fetched."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.dockerfile.installers import Installer, installers
from lambda_image_lint.dockerfile.model import Dockerfile, Form, Instruction, Stage
from lambda_image_lint.dockerfile.shell import Command, is_shell
from lambda_image_lint.finding import Edit
from lambda_image_lint.rulekit.edits import before, remove_instruction
from lambda_image_lint.rulekit.os_packages import CACHES
from lambda_image_lint.rulekit.runs import has_cache_mount

_LISTS = CACHES["apt-get"]
_READING = frozenset({"install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep"})


class StaleLists(Struct, frozen=True):
    """An ``apt-get update`` whose lists a later RUN installs from."""

    update: Instruction
    call: Installer
    """The update in it, the last one."""
    readers: tuple[Instruction, ...]
    """The RUNs that install without an update of their own, in order."""


def stale_lists(dockerfile: Dockerfile) -> Iterator[StaleLists]:
    """In the stages that are built, each update that other RUNs rely on."""
    found: dict[int, tuple[Instruction, Installer, dict[int, Instruction]]] = {}
    for stage in dockerfile.needed_stages():
        for update, call, reader in _pairs(dockerfile, stage):
            found.setdefault(update.index, (update, call, {}))[2][reader.index] = reader
    for update, call, readers in found.values():
        yield StaleLists(update, call, tuple(readers.values()))


def _pairs(dockerfile: Dockerfile, stage: Stage) -> Iterator[tuple[Instruction, Installer, Instruction]]:
    latest: tuple[Instruction, Installer] | None = None
    for run in (one for part in dockerfile.stage_chain(stage) for one in part.all("RUN")):
        calls = list(installers(run.shell, "apt-get", "apt"))
        if has_cache_mount(run, _LISTS):
            continue  # the lists outlive the layer
        updates = [call for call in calls if call.action == "update"]
        readers = [call for call in calls if call.action in _READING and call.operands]
        if latest is not None and readers:
            earlier = run.shell.before(readers[0].command)
            if not any(_may_update(one) or any(call.command is one for call in updates) for one in earlier):
                yield (*latest, run)
        if updates:
            latest = (run, updates[-1])
        elif any(_may_update(command) for command in run.shell):
            latest = None


def _may_update(command: Command) -> bool:
    """Whether a command may fetch the lists itself: a script, such as the one of NodeSource, or what adds a repository."""
    name = command.name or "/"
    return "/" in name or is_shell(name) or name in ("add-apt-repository", "apt-add-repository", "source", ".", "eval")


def joined(dockerfile: Dockerfile, lists: StaleLists) -> tuple[Edit, ...]:
    """Move an update that has a RUN to itself into the one RUN that relies on it; nothing where that is not plain."""
    update, (reader, *others) = lists.update, lists.readers
    alone = len(update.shell.commands) == 1 and is_chain(update) and not update.flags
    if others or not alone or not is_chain(reader) or reader.stage != update.stage:
        return ()
    return (remove_instruction(dockerfile, update), before(reader.value_span, f"{update.value.strip()} && "))


def is_chain(run: Instruction) -> bool:
    """Whether a RUN is one line of commands that ``&&`` joins, so that another can be put before or behind them."""
    return (
        run.form is Form.SHELL
        and not run.heredocs
        and run.shell.unparsed is None
        and bool(run.shell.commands)
        and all(
            command.operator_before in (None, "&&") and command.is_certain and not command.in_subshell
            for command in run.shell
        )
    )
