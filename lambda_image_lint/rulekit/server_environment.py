"""The environment that a server is started with: that of the image, and what the start adds."""

from collections.abc import Iterator
from posixpath import dirname, join

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.shell import Command, is_shell, parse_script
from lambda_image_lint.function.chain import Step, StepKind, chain
from lambda_image_lint.function.launchers import launches
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.function.scripts import SCRIPT_MAX, npm_script
from lambda_image_lint.patterns import lazy

_SETTINGS = (".env", ".env.local", ".env.production", ".env.production.local")
"""What dotenv, its Python twin, Node and Bun load from the working folder. Source: the manual of each."""
_LOADERS = lazy(r"dotenv|loadEnvFile|env-file|read_env\b|decouple")
_NAMED_FILE = lazy(r"(?:dotenv\b.{0,40}\bconfig|load_dotenv|loadEnvFile|read_env)\(\s*[^)\s]")
"""A loader that is given arguments may read a file of another name."""
_READS_FILES = frozenset({".", "source", "eval", "dotenv"})


def started_with(function: Function, server: Step, source: str, name: str) -> Answer[str | None]:
    """The value of a variable where the server starts; None: certainly not set. `source` is the server's own text."""
    outer = function.environment.get(name)
    if isinstance(outer, Unknown):
        return outer
    set_by_start = [one for one in _set_by_start(function, server, name) if one is not None]
    if set_by_start:
        return set_by_start[0] if len(set_by_start) == 1 else Unknown(f"{name} is set more than once")
    if outer is not None:
        # What loads a file of settings leaves alone what is set.
        return outer
    complete = function.environment_complete
    return complete if isinstance(complete, Unknown) else _settings(function, server, source, name)


def _set_by_start(function: Function, server: Step, name: str) -> Iterator[Answer[str | None]]:
    """What each script and command line of the start sets it to."""
    steps = chain(function)
    for step in () if isinstance(steps, Unknown) else steps:
        words = [word for word in step.arguments if isinstance(word, str)]
        if any("env-file" in word or "dotenv" in word for word in words):
            yield Unknown(f"{step.name} loads settings")
        if step.program == "env":
            yield from (word.partition("=")[2] for word in words if word.partition("=")[0] == name)
        text = _shell_text(function, step)
        if text is not None:
            yield text if isinstance(text, Unknown) else _set_in(function, text, server, name)


def _shell_text(function: Function, step: Step) -> Answer[str | None]:
    """The shell's text that a step runs: of ``sh -c``, a script, an entry of package.json."""
    if is_shell(step.program) and len(step.arguments) > 1 and isinstance(step.arguments[0], str):
        return step.arguments[1] if step.arguments[0].startswith("-") and "c" in step.arguments[0] else None
    launch = launches(step.program, step.arguments)
    if launch is not None and launch.kind == "npm-script":
        folder = function.working_dir
        package = folder if isinstance(folder, Unknown) else function.files.find(join(folder, "package.json"))
        return npm_script(package, launch.name)
    if step.kind not in (StepKind.PROGRAM, StepKind.SCRIPT) or not isinstance(step.found, File):
        return None
    content = None if step.found.digest() is not None else step.found.read(SCRIPT_MAX)
    if not isinstance(content, bytes):
        return None
    first = content.partition(b"\n")[0].split()
    by_shebang = any(is_shell(word.decode("utf-8", "replace").removeprefix("#!")) for word in first[:2])
    return content.decode("utf-8", "replace") if by_shebang or step.name.endswith((".sh", ".bash")) else None


def _set_in(function: Function, text: str, server: Step, name: str) -> Answer[str | None]:
    shell = parse_script(text)
    if shell.unparsed is not None or shell.fault is not None:
        return Unknown("a part of the start is not understood")
    if any(command.program in _READS_FILES and not _activates(command) for command in shell):
        return Unknown("the start reads settings from a file")
    found = [(command, one) for command in shell for one in command.assignments if one.name == name]
    if not found:
        assigned = any(one.name == name and one.modifier in (":=", "=") for one in shell.variables)
        return Unknown(f"{name} is set while the shell runs") if assigned else None
    command, one = found[0]
    if len(found) > 1 or one.value is None or not _holds(function, command, server, name):
        return Unknown(f"{name} is set in some cases")
    return shell.expand(one.value, command, function.environment.get)


def _activates(command: Command) -> bool:
    """``. venv/bin/activate``, which sets PATH and its own."""
    return bool(command.arguments) and command.arguments[0].prefix.endswith("bin/activate")


def _holds(function: Function, command: Command, server: Step, name: str) -> bool:
    """Whether an assignment certainly reaches the server: exported, or in front of its own command line."""
    if command.guards or command.in_subshell or command.background:
        return False
    if command.name == "export" or (command.name is None and name in function.environment):
        return True
    return any(word.text == server.name for word in command.words)


def _settings(function: Function, server: Step, source: str, name: str) -> Answer[None]:
    """Whether a file of settings may set what nothing else does."""
    if _NAMED_FILE.search(source):
        return Unknown(f"{server.name} loads settings")
    loads = _LOADERS.search(source) is not None
    folders = [function.working_dir, *([dirname(server.found.path)] if isinstance(server.found, File) else [])]
    for folder in folders:
        if isinstance(folder, Unknown):
            return folder
        for file in _SETTINGS:
            found = function.files.find(join(folder, file))
            content = found.read(SCRIPT_MAX) if isinstance(found, File) else found
            if isinstance(content, bytes) and name in content.decode("utf-8", "replace"):
                return Unknown(f"{file} names {name}")
            if isinstance(content, Unknown) and (loads or isinstance(found, File)):
                return content
    return None
