"""Entry scripts: their first line, and the command lines in them."""

from collections.abc import Iterator, Mapping
from posixpath import basename

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.shell import Command, Guard, Shell, ShellVariable, ShellWord, is_shell, parse_script
from lambda_image_lint.finding import Place
from lambda_image_lint.function.model import File, Found, Kind

SCRIPT_MAX = 64 * 1024
"""Bytes of an entry script that are read; the published ones have under 1 KiB."""

RUNTIME_API = "AWS_LAMBDA_RUNTIME_API"
"""Set wherever Lambda starts a function, and hardly anywhere else."""

_SHEBANG_MAX = 256
"""Bytes of the first line that Linux looks at. Source: execve(2)."""

_SETTING_UP = frozenset(
    ["cd", "mkdir", "cp", "mv", "rm", "ln", "touch", "chmod", "chown", "echo", "printf", "cat", "set", "export", "unset",
     "test", "[", "[[", "true", "false", ":", "sleep", "wait", "read", "sed", "awk", "grep", "cut", "tr", "head", "date",
     "ls", "local", "declare", "return", "exit", "shift", "trap", "ulimit", "umask", "which", "type", "kill", "dirname",
     "basename", "readlink", "realpath", "pwd", "hostname", "id", "whoami", "ps", "env", "printenv", "expr", "let",
     "break", "continue", "source", ".", "mktemp", "find", "tee", "sort", "wc", "uname", "getopts", "readonly", "eval"]
)  # fmt: skip
"""Commands that set things up and speak to nobody."""


class Shebang(Struct, frozen=True):
    """The first line of a script."""

    interpreter: str
    options: tuple[str, ...]
    """What stands behind it, split as ``env -S`` would; the kernel itself hands it over in one piece."""
    is_shell: bool
    ends_in_return: bool
    """A carriage return is part of the name: the file has Windows line ends."""


class Body(Struct, frozen=True):
    """Shell text that runs."""

    name: str
    """Who holds it, for reasons."""
    text: str
    arguments: tuple[Answer[str], ...]
    """``$1`` and so on."""
    place: Place


def shebang_of(file: File) -> Answer[Shebang | None]:
    """The first line of a file; None where it names no interpreter."""
    if file.kind is not Kind.FILE:
        return None
    if file.digest() is not None:
        return None  # an ELF file, of which only the facts were kept
    head = file.read(_SHEBANG_MAX)
    if isinstance(head, Unknown):
        return head
    if not head.startswith(b"#!"):
        return None
    line = head[2:].partition(b"\n")[0].decode("utf-8", "surrogateescape")
    words = line.strip(" \t").split()
    ends_in_return = line.endswith("\r")
    if not words:
        return None
    program = next((word for word in words[1:] if not word.startswith("-") and "=" not in word), "")
    runs = program if basename(words[0]) == "env" else words[0]
    return Shebang(words[0], tuple(words[1:]), is_shell(basename(runs.rstrip("\r"))), ends_in_return)


def body_of(file: File, arguments: tuple[Answer[str], ...]) -> Answer[Body]:
    """The text of a shell script."""
    content = file.read(SCRIPT_MAX)
    if isinstance(content, Unknown):
        return content
    if len(content) == SCRIPT_MAX:
        return Unknown(f"{file.path} is longer than an entry script", file.place)
    return Body(file.path, content.decode("utf-8", "surrogateescape"), arguments, file.place)


def commands_of(
    body: Body, environment: Mapping[str, Answer[str]]
) -> Iterator[tuple[tuple[Answer[str], ...], tuple[Guard, ...]]]:
    """The command lines of shell text that start something, each with the conditions under which it runs.

    It ends with what certainly takes the shell's place in Lambda.
    """
    shell = parse_script(body.text)
    if shell.unparsed is not None or shell.fault is not None:
        yield (Unknown(f"a part of {body.name} is not understood", body.place),), ()
    for command in shell.commands:
        # What exec wraps may bear the name of a harmless one; what a substitution runs ends before the next command.
        if command.in_substitution or not command.words:
            continue
        if command.program in _SETTING_UP and "exec" not in command.wrappers:
            continue
        words = tuple(_words(command, shell, body, environment))
        if words:
            yield words, command.guards
            if _takes_the_shells_place(command):
                return


def _takes_the_shells_place(command: Command) -> bool:
    """Whether nothing behind a command runs in Lambda: ``exec``, at the top or where a test finds the Runtime API."""
    in_the_shell = not (command.in_subshell or command.background)
    return "exec" in command.wrappers and in_the_shell and all(map(holds_in_lambda, command.guards))


def holds_in_lambda(guard: Guard) -> bool:
    """Whether a condition asks for the Runtime API, ``[ -n "$AWS_LAMBDA_RUNTIME_API" ]`` or the reverse, and finds it."""
    if len(guard.condition) != 1 or guard.condition[0].program not in ("[", "[[", "test"):
        return False
    test, *words = (word for word in guard.condition[0].arguments if word.text not in ("]", "]]"))
    is_asked_for = len(words) == 1 and words[0].variables == (RUNTIME_API,) and len(words[0].parts) == 1
    return is_asked_for and test.text == ("-z" if guard.negated else "-n")


def _words(command: Command, shell: Shell, body: Body, environment: Mapping[str, Answer[str]]) -> Iterator[Answer[str]]:
    def value(name: str) -> Answer[str | None]:
        if name.isdigit() and name != "0":
            number = int(name)
            return body.arguments[number - 1] if number <= len(body.arguments) else None
        known = environment.get(name)
        return Unknown(f"{name} is set where it runs", body.place) if known is None else known

    for word in command.words:
        if _is_all_arguments(word):
            yield from body.arguments
        else:
            yield shell.expand(word, command, value)


def _is_all_arguments(word: ShellWord) -> bool:
    """``"$@"`` and ``$*``."""
    return len(word.parts) == 1 and isinstance(word.parts[0], ShellVariable) and word.parts[0].name in ("@", "*")


def npm_script(package: Found, name: str) -> Answer[str]:
    """An entry of ``scripts`` in package.json."""
    content = package.read() if isinstance(package, File) else Unknown("package.json is not known")
    if isinstance(content, Unknown):
        return content
    import json

    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return Unknown("package.json is no JSON")
    scripts = document.get("scripts") if isinstance(document, dict) else None
    text = scripts.get(name) if isinstance(scripts, dict) else None
    return text if isinstance(text, str) else Unknown(f"package.json has no script {name}")
