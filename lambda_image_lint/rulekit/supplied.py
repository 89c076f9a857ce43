"""Signs that a template of the repository gives the function its command; templates themselves are not read yet."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import islice

from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.repository import files_around
from lambda_image_lint.patterns import lazy

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
_CDK_CODE = ("*.ts", "*.py", "*.js", "*.mjs", "*.java", "*.cs", "*.go")
_CDK_COMMAND = lazy(r"\bDockerImage(?:Function|Code)\b.{0,4000}?\b(?:cmd[ \t]*[:=]|Cmd[ \t]*[:=(]|\.cmd\()", re.DOTALL)
"""The words of a stack that builds a function from a Dockerfile, and gives it a command."""


def command_supplier(context: Context) -> str | None:
    """The file that may give the command, nearest first; None where nothing in the repository shows one."""
    reader = _Reader()
    stacks = []
    for file in islice(files_around(context, _is_candidate), _MOST_FILES):
        if file.path.rpartition("/")[2] == "cdk.json":
            stacks.append(file.path.rpartition("/")[0])
        elif _gives_command(file, reader):
            return file.path
    for stack in stacks:
        for file in islice(files_around(context, _in_stack(stack)), _MOST_FILES):
            if _CDK_COMMAND.search(reader.text(file)):
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
    return path.rpartition("/")[2] == "cdk.json" or any(_fits(path, names) for names in _COMMANDS)


def _gives_command(file: ContextFile, reader: _Reader) -> bool:
    patterns = [pattern for names, pattern in _COMMANDS.items() if _fits(file.path, names)]
    text = reader.text(file)
    return any(pattern.search(text) for pattern in patterns)


def _in_stack(folder: str) -> Callable[[str], bool]:
    prefix = f"{folder}/" if folder else ""
    return lambda path: path.startswith(prefix) and _fits(path, _CDK_CODE)
