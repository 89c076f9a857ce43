"""The package.json that an install reads, and where its ``node_modules`` go from a builder stage."""

import json
from collections.abc import Iterator, Mapping
from posixpath import basename, dirname, join, normpath

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.rulekit.stages import final_instructions, final_stages

_LIMIT = 1024 * 1024
_NAME = "package.json"
_LIFECYCLE = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
"""Scripts of the package that an install runs. Source: https://docs.npmjs.com/cli/using-npm/scripts, read 2026-11-23."""


class Manifest(Struct, frozen=True):
    """A package.json of the build context."""

    folder: str
    """In the context; empty for its root."""
    data: Mapping[str, object]

    def names(self, *keys: str) -> Mapping[str, str]:
        """What is listed under ``dependencies``, ``devDependencies`` and the like: name → version."""
        found: dict[str, str] = {}
        for key in keys:
            value = self.data.get(key)
            if isinstance(value, dict):
                found.update((name, version) for name, version in value.items() if isinstance(version, str))
        return found

    @property
    def install_scripts(self) -> Mapping[str, str]:
        """The scripts of the package itself that each install runs: name → command."""
        scripts = self.data.get("scripts")
        found = {name: scripts.get(name) for name in _LIFECYCLE} if isinstance(scripts, dict) else {}
        return {name: command for name, command in found.items() if isinstance(command, str) and command}


def manifest_of(dockerfile: Dockerfile, context: Context, run: Instruction, call: Installer) -> Manifest | None:
    """What an install without operands reads; None where it is not certain: several were copied, or it runs elsewhere."""
    if run.stage is None or call.operands or call.has("-g", "--global", "--prefix", "-C", "--cwd", "--workspace", "-w"):
        return None
    entered = [command for command in run.shell.before(call.command) if command.program in ("cd", "pushd")]
    found: dict[str, ContextFile] = {}
    for stage in dockerfile.stage_chain(dockerfile.stages[run.stage]):
        for copy in stage.all("COPY", "ADD"):
            if copy.index < run.index and copy.flag("from") is None:
                found.update((file.path, file) for file in _manifests(dockerfile, context, copy))
    if len(found) != 1 or (entered and not _is_entered(entered, dirname(next(iter(found))))):
        return None
    content = next(iter(found.values())).read(_LIMIT)
    try:
        data = json.loads(content) if isinstance(content, bytes) else None
    except (ValueError, RecursionError):  # npm itself refuses it: another fault
        return None
    return Manifest(dirname(next(iter(found))), data) if isinstance(data, dict) else None


def _is_entered(commands: list[Command], folder: str) -> bool:
    """Whether a single ``cd`` goes into the folder that a manifest was copied with, by its name."""
    words = [word for command in commands for word in command.arguments]
    return len(words) == 1 and bool(folder) and basename(words[0].raw.strip("\"'").rstrip("/")) == basename(folder)


def _manifests(dockerfile: Dockerfile, context: Context, copy: Instruction) -> Iterator[ContextFile]:
    for word in copy.sources:
        path = dockerfile.variables.expand(word.template, copy)
        matched = context.match(path) if isinstance(path, str) else ()
        for file in matched if isinstance(matched, tuple) else ():
            if file.is_dir:
                inside = context.find(join(file.path, _NAME))
                if isinstance(inside, ContextFile):
                    yield inside
            elif basename(file.path) == _NAME:
                yield file


def carried_modules(dockerfile: Dockerfile, run: Instruction) -> Iterator[Instruction]:
    """Each COPY of the stages that become the image which takes the ``node_modules`` that `run` installs in a builder,
    alone or with the folder that they are in."""
    if run.stage is None or dockerfile.stages[run.stage] in final_stages(dockerfile):
        return
    stage = dockerfile.stages[run.stage]
    folder = working_dir(dockerfile, run)
    for copy in final_instructions(dockerfile, "COPY"):
        taken = next((one for one in dockerfile.stages if takes_from(copy, one)), None)
        if taken is None or stage not in dockerfile.stage_chain(taken):
            continue
        for word in copy.sources:
            path = dockerfile.variables.expand(word.template, copy)
            if isinstance(path, str) and folder is not None:
                # Sources of another stage are paths from its root.
                whole = normpath(join("/", path))
                if whole in (folder, f"{folder.rstrip('/')}/node_modules"):
                    yield copy
                    break


def takes_from(copy: Instruction, stage: Stage) -> bool:
    """Whether a COPY takes from a stage."""
    flag = copy.flag("from")
    value = (flag.value or "").lower() if flag is not None else ""
    return bool(value) and value in ((stage.name or "").lower(), str(stage.index))


def working_dir(dockerfile: Dockerfile, instruction: Instruction) -> str | None:
    """The working directory at an instruction, as far as WORKDIR says; None where the base image decides, or a variable."""
    folder: str | None = None
    for stage in dockerfile.stage_chain(dockerfile.stages[instruction.stage or 0]):
        for one in stage.all("WORKDIR"):
            if one.index >= instruction.index or not one.words:
                continue
            path = dockerfile.variables.expand(one.words[0].template, one)
            if isinstance(path, Unknown):
                folder = None
            elif path.startswith("/") or folder is not None:
                folder = normpath(join(folder or "/", path))
    return folder
