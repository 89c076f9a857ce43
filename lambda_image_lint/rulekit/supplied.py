"""Signs that a template of the repository gives the function its command; templates themselves are not read yet."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import islice

from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.dockerfile.repository import files_around
from lambda_image_lint.knowledge import aws_base
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.runs import commands
from lambda_image_lint.rulekit.stages import final_instructions, final_stages
from lambda_image_lint.rulekit.systems import external_base

_MOST_FILES = 200
_MOST_BYTES = 2 * 1024 * 1024
"""Read of all files together."""
_MOST_OF_ONE = 256 * 1024
_MOST_LETTERS = 4_000
"""Of a line; what stands behind is not looked at."""

_COMMENT = lazy(r"^[ \t]*(?:#|//).*$", re.MULTILINE)
_COMMANDS = {
    ("*.yml", "*.yaml", "*template*.json", "*.template"): lazy(
        r"""\bImageConfig["']?[ \t]*:[^\n]*(?:\n[^\n]*){0,8}?\bCommand["']?[ \t]*:"""
    ),
    ("serverless*.y*ml", "serverless*.json", "serverless*.ts"): lazy(
        r"""\bimage["']?[ \t]*:[^\n]*(?:\n[^\n]*){0,8}?\bcommand["']?[ \t]*:"""
    ),
    ("*.tf", "*.tf.json", "*.hcl"): lazy(
        r"""\bimage_config_command\b|\bimage_config\b[^\n]*(?:\n[^\n]*){0,8}?\bcommand["']?[ \t]*[=:]"""
    ),
    ("*.sh", "Makefile", "*.yml", "*.yaml"): lazy(r"--image-config\b"),
}
"""Names → what shows that a template, or a call of the command line, gives a command."""
_STACK_CODE = ("*.ts", "*.py", "*.js", "*.mjs", "*.java", "*.cs", "*.go")
_CDK_COMMAND = lazy(
    r"\b(?:DockerImage(?:Function|Code)|Code[._](?i:from_?(?:ecr|asset)_?image)|(?:Ecr|Asset)ImageCode)\b"
    r".{0,4000}?\b[cC]md[ \t]*[:=(]",
    re.DOTALL,
)
_IMAGE_CONFIG = lazy(r"\b(?:image_config|[iI]mageConfig)\b.{0,400}?\b[cC]ommands?[\"']?[ \t]*[:=(]", re.DOTALL)
_STACKS = {
    "cdk.json": _CDK_COMMAND,
    "cdktf.json": _IMAGE_CONFIG,
    "Pulumi.yaml": _IMAGE_CONFIG,
    "Pulumi.yml": _IMAGE_CONFIG,
}
"""What marks the folder of a stack that is a program → the words of one that gives a function's image a command.

Source: the API references of the AWS CDK (``Code.fromEcrImage``, ``DockerImageCode``: ``cmd``), of Pulumi's
``aws.lambda.Function`` (``imageConfig``: ``commands``) and of CDK for Terraform (``imageConfig``: ``command``);
read 2026-11-28."""


def command_supplier(context: Context) -> str | None:
    """The file that may give the command, nearest first; None where nothing in the repository shows one."""
    reader = _Reader()
    stacks = []
    for file in islice(files_around(context, _is_candidate), _MOST_FILES):
        folder, _, name = file.path.rpartition("/")
        if name in _STACKS:
            stacks.append((folder, _STACKS[name]))
        if (name in _STACKS and _STACKS[name].search(reader.text(file))) or _gives_command(file, reader):
            return file.path
    for folder, pattern in stacks:
        for file in islice(files_around(context, _in_stack(folder)), _MOST_FILES):
            if pattern.search(reader.text(file)):
                return file.path
    return None


def workshop(dockerfile: Dockerfile) -> str | None:
    """Why an image of which the Dockerfile says no start may be none that is started; None where nothing shows it."""
    if any(final_instructions(dockerfile, "CMD", "ENTRYPOINT")):
        return None
    if any(True for _ in commands(final_stages(dockerfile), "zip", "7z", "7za")):
        return "it makes an archive: that may be the function, and the image only its workshop"
    if final_stages(dockerfile)[0].base_resolved == "scratch":
        # https://docs.docker.com/build/building/export/: a stage of files alone is what `docker build --output` writes.
        return "it holds files alone: they may be what is taken out of the build, a layer for instance"
    return None


def stage_for_lambda(dockerfile: Dockerfile) -> str | None:
    """The name of a stage on an AWS base, with a CMD, that the last stage does not need: only ``--target`` builds it."""
    needed = dockerfile.needed_stages()
    for stage in dockerfile.stages if dockerfile.final is dockerfile.stages[-1] else ():
        base = external_base(dockerfile, stage) if stage not in needed and any(stage.all("CMD")) else None
        if base is not None and aws_base(base) is not None:
            return stage.name
    return None


_CONFIGURES = ("*.yml", "*.yaml", "*template*.json", "serverless*", "*.tf", "*.tf.json", "*.hcl", "*.sh", "Makefile")
_OTHERS_ENVIRONMENT = ("*compose*.y*ml",)
"""Of containers, not of functions."""


def variable_supplier(context: Context, *names: str) -> str | None:
    """The file that may set one of these variables in a function's environment; None where nothing in the repository does."""
    any_name = "|".join(map(re.escape, names))
    pattern = re.compile(rf"\b[eE]nvironment.{{0,2000}}?\b(?:{any_name})\b[\"']?[ \t]*[:=,]", re.DOTALL)
    reader = _Reader()
    stacks = []
    wanted = (*_CONFIGURES, *_STACKS)
    for file in islice(files_around(context, lambda path: _fits(path, wanted)), _MOST_FILES):
        folder, _, name = file.path.rpartition("/")
        if name in _STACKS:
            stacks.append(folder)
        if not _fits(file.path, _OTHERS_ENVIRONMENT) and pattern.search(reader.text(file)):
            return file.path
    for folder in stacks:
        for file in islice(files_around(context, _in_stack(folder)), _MOST_FILES):
            if pattern.search(reader.text(file)):
                return file.path
    return None


_BUILDS = ("*.sh", "Makefile", "*.mk", "justfile", "*.yml", "*.yaml")
_EXPORT = lazy(r"(?:--output|-o|outputs:)[= ][ \t\"']*(?:[\w-]+=[^\s,]*,)*type=(?:local|tar)\b")
"""A build that writes files and no image. Source: https://docs.docker.com/build/exporters/local-tar/, read 2026-11-28."""


def exporter(context: Context) -> str | None:
    """The file of the repository that builds for files alone, as a layer for functions is made: no image is started."""
    reader = _Reader()
    for file in islice(files_around(context, lambda path: _fits(path, _BUILDS)), _MOST_FILES):
        if _EXPORT.search(reader.text(file)):
            return file.path
    return None


class _Reader:
    def __init__(self) -> None:
        self._left = _MOST_BYTES

    def text(self, file: ContextFile) -> str:
        """Without comment lines; empty once enough was read."""
        content = file.read(min(self._left, _MOST_OF_ONE)) if self._left > 0 else b""
        if not isinstance(content, bytes):
            return ""
        self._left -= len(content)
        lines = content.decode("utf-8", "replace").splitlines()
        return _COMMENT.sub("", "\n".join(line[:_MOST_LETTERS] for line in lines))


def _fits(path: str, names: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, one) for one in names)


def _is_candidate(path: str) -> bool:
    return path.rpartition("/")[2] in _STACKS or any(_fits(path, names) for names in _COMMANDS)


def _gives_command(file: ContextFile, reader: _Reader) -> bool:
    patterns = [pattern for names, pattern in _COMMANDS.items() if _fits(file.path, names)]
    text = reader.text(file)
    return any(pattern.search(text) for pattern in patterns)


def _in_stack(folder: str) -> Callable[[str], bool]:
    prefix = f"{folder}/" if folder else ""
    return lambda path: path.startswith(prefix) and _fits(path, _STACK_CODE)
