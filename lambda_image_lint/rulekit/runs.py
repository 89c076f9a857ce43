"""Commands inside RUN, with the instruction that they stand in."""

from collections.abc import Iterable, Iterator

from lambda_image_lint.dockerfile.installers import Installer, installers
from lambda_image_lint.dockerfile.model import Instruction, Stage
from lambda_image_lint.dockerfile.shell import Command


def commands(stages: Iterable[Stage], *programs: str) -> Iterator[tuple[Instruction, Command]]:
    """Every command of every RUN, or those that run one of these programs."""
    for stage in stages:
        for run in stage.all("RUN"):
            for command in run.shell.named(*programs) if programs else run.shell:
                yield run, command


def installs(stages: Iterable[Stage], *tools: str) -> Iterator[tuple[Instruction, Installer]]:
    """Every call of an installer in RUN that puts packages in place."""
    for stage in stages:
        for run in stage.all("RUN"):
            for call in installers(run.shell, *tools):
                if call.installs:
                    yield run, call


def calls(stage: Stage, *tools: str) -> Iterator[tuple[Instruction, Installer]]:
    """Every call of an installer in the RUNs of a stage, whatever it is asked for."""
    for run in stage.all("RUN"):
        for call in installers(run.shell, *tools):
            yield run, call


def mounts(run: Instruction) -> Iterator[dict[str, str]]:
    """The fields of each ``RUN --mount`` as written, by name; a name alone has the empty value."""
    for flag in run.flags:
        if flag.name == "mount" and flag.value:
            yield dict(part.partition("=")[::2] for part in flag.value.split(","))


def has_cache_mount(run: Instruction, *folders: str) -> bool:
    """Whether ``RUN --mount=type=cache`` keeps one of these folders, or one above it, out of the layer."""
    for fields in mounts(run):
        target = (fields.get("target") or fields.get("dst") or fields.get("destination") or "").rstrip("/")
        if fields.get("type") in ("cache", "tmpfs") and any(
            folder == target or folder.startswith(f"{target}/") for folder in folders
        ):
            return True
    return False


_CARRIES_ON = ("||", ";", "&")


def failure_ends_build(run: Instruction, command: Command) -> bool:
    """Whether a RUN fails where this command of it fails, for certain: nothing guards it, and nothing goes on behind it."""
    if command.guards or command.background or command.in_substitution or {"xargs", "find"} & {*command.wrappers}:
        return False
    # What find calls by -exec is no step of its own.
    following = [one for one in run.shell.commands[command.index + 1 :] if "find" not in one.wrappers]
    if any(
        one.program == "set" and any(_stops(word.text or "") for word in one.arguments)
        for one in run.shell.before(command)
    ):
        return not any(one.operator_before in ("||", "|") for one in following[:1])
    if any(_stops(word) for word in run.shell_words[1:]):
        return not any(one.operator_before in ("||", "|") for one in following)
    # What a later pipe does is not asked where && has ended already: `a && b | c` ends with a. A group's output is.
    if any(one.operator_before == "|" for one in (following if command.in_subshell else following[:1])):
        return False
    return not any(one.operator_before in _CARRIES_ON for one in following)


def _stops(option: str) -> bool:
    """``-e``, ``-ex``, ``-euo``: the shell ends at the first failure."""
    return option[:1] == "-" and option[1:2] != "-" and "e" in option
