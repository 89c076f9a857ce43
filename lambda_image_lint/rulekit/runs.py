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


def has_cache_mount(run: Instruction, *folders: str) -> bool:
    """Whether ``RUN --mount=type=cache`` keeps one of these folders, or one above it, out of the layer."""
    for flag in run.flags:
        if flag.name != "mount" or flag.value is None:
            continue
        fields = dict(part.partition("=")[::2] for part in flag.value.split(","))
        target = (fields.get("target") or fields.get("dst") or fields.get("destination") or "").rstrip("/")
        if fields.get("type") in ("cache", "tmpfs") and any(
            folder == target or folder.startswith(f"{target}/") for folder in folders
        ):
            return True
    return False
