"""How the process is started, as far as a handler is concerned: which client, which interpreter, which handler string."""

import re
from posixpath import basename

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.function.model import File, Function, RuntimeClient
from lambda_image_lint.patterns import lazy

BASE_ENTRYPOINT = "/lambda-entrypoint.sh"
BASE_CLIENT = "base image"
JAVA_CLIENT_CLASS = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"

_BASE_LANGUAGES = {
    "python": Language.PYTHON,
    "nodejs": Language.NODE,
    "java": Language.JAVA,
    "dotnet": Language.DOTNET,
    "ruby": Language.RUBY,
    "go": Language.PROVIDED,
    "provided": Language.PROVIDED,
}
_LOOKING_FOR_A_HANDLER = frozenset(
    [BASE_CLIENT, "awslambdaric", "aws-lambda-ric", "aws-lambda-java-runtime-interface-client", "aws_lambda_ric",
     "Amazon.Lambda.RuntimeSupport", "bref"]
)  # fmt: skip
"""Clients that load what the handler names; to the others it is any string."""
_SHELLS = {"sh", "bash", "ash", "dash", "busybox"}
_SCRIPT_LIMIT = 64 * 1024
"""Bytes of an entry script that are read; the published ones have under 1 KiB."""
_PYTHON = lazy(r"python(\d+(\.\d+)?)?")


class Start(Struct, frozen=True):
    """A runtime client and what it is given."""

    language: Language
    client: str
    """In the words of `RuntimeClient.name`."""
    handler: str | None
    """None: the client gets none."""
    interpreter: str | None = None
    """As written in the command; None where the base image chooses it."""
    arguments: tuple[str, ...] = ()
    """The whole command that starts the client."""


def start_of(function: Function) -> Answer[Start | None]:
    """What starts, None where no client does that looks for a handler (a web server, a program, a shell bootstrap)."""
    start = _start_of(function)
    if not isinstance(start, Unknown):
        return start
    client = function.runtime_client
    takes_any_handler = isinstance(client, RuntimeClient) and client.name not in _LOOKING_FOR_A_HANDLER
    return None if client is None or takes_any_handler else start


def _start_of(function: Function) -> Answer[Start | None]:
    entrypoint, command = function.entrypoint, function.command
    if isinstance(entrypoint, Unknown):
        return entrypoint
    if isinstance(command, Unknown):
        return command
    if entrypoint[:1] == (BASE_ENTRYPOINT,):
        return _base_start(function, entrypoint, command)
    argv = entrypoint + command
    if not argv:
        return None
    if basename(argv[0]) in _SHELLS:
        return _shell_start(function, argv, command)
    return _client_start(function, argv, command) or _script_start(function, argv, command)


def _base_start(function: Function, entrypoint: tuple[str, ...], command: tuple[str, ...]) -> Answer[Start | None]:
    if function.base is None:
        return Unknown(
            "the entrypoint is that of an AWS base image, but which one is unknown", function.where("entrypoint")
        )
    language = _BASE_LANGUAGES.get(function.base.language)
    if language is None:
        return Unknown(f"base language {function.base.language} is not known", function.where("base"))
    words = entrypoint[1:] + command
    # The entry script of every AWS base refuses to start unless it gets exactly one word.
    return Start(language, BASE_CLIENT, words[0] if len(words) == 1 else None, None, entrypoint + command)


def _client_start(function: Function, argv: tuple[str, ...], command: tuple[str, ...]) -> Start | None:
    """The start that a plain command line is, None where it names no known client."""
    program, rest = basename(argv[0]), argv[1:]
    if program in ("aws-lambda-rie", "env", "exec", "tini", "dumb-init"):
        words = _after_wrapper(program, rest)
        return _client_start(function, words, command) if words else None
    if _PYTHON.fullmatch(program):
        return _python_start(argv)
    if program in ("node", "nodejs", "npx", "aws-lambda-ric"):
        return _node_start(argv)
    if program == "java":
        return _java_start(argv)
    if program in ("aws_lambda_ric", "ruby", "bundle"):
        if any(basename(word) == "aws_lambda_ric" for word in argv):
            # This client takes the handler from _HANDLER, which Lambda fills from the command.
            return Start(Language.RUBY, "aws_lambda_ric", command[0] if command else None, None, argv)
        return None
    if program == "dotnet":
        return _dotnet_start(argv)
    return None


def _after_wrapper(program: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """What a wrapper runs; its options and assignments go before."""
    for index, word in enumerate(words):
        if word == "--":
            return words[index + 1 :]
        if word.startswith("-") or (program == "env" and "=" in word):
            continue
        return words[index:]
    return ()


def _python_start(argv: tuple[str, ...]) -> Start | None:
    for index, word in enumerate(argv[1:], start=1):
        if word in ("-m", "-mawslambdaric") or (word.startswith("-") and word.endswith("m") and word[1:-1].isalpha()):
            joined = word == "-mawslambdaric"
            module = "awslambdaric" if joined else argv[index + 1] if index + 1 < len(argv) else ""
            rest = argv[index + (1 if joined else 2) :]
            if module != "awslambdaric":
                return None
            return Start(Language.PYTHON, "awslambdaric", rest[0] if rest else None, argv[0], argv)
        if not word.startswith("-"):
            return None
    return None


def _node_start(argv: tuple[str, ...]) -> Start | None:
    """``npx aws-lambda-ric HANDLER``, ``node …/aws-lambda-ric/bin/index.mjs HANDLER``, ``aws-lambda-ric HANDLER``."""
    for index, word in enumerate(argv):
        if basename(word) == "aws-lambda-ric" or re.search(r"/aws-lambda-ric/(bin/)?index\.m?js$", word):
            rest = argv[index + 1 :]
            interpreter = argv[0] if basename(argv[0]) in ("node", "nodejs") else None
            return Start(Language.NODE, "aws-lambda-ric", rest[0] if rest else None, interpreter, argv)
        if index and not word.startswith("-"):
            return None
    return None


def _java_start(argv: tuple[str, ...]) -> Start | None:
    if JAVA_CLIENT_CLASS not in argv:
        return None
    rest = argv[argv.index(JAVA_CLIENT_CLASS) + 1 :]
    return Start(Language.JAVA, "aws-lambda-java-runtime-interface-client", rest[0] if rest else None, argv[0], argv)


def _dotnet_start(argv: tuple[str, ...]) -> Start | None:
    for index, word in enumerate(argv):
        if basename(word) == "Amazon.Lambda.RuntimeSupport.dll":
            rest = argv[index + 1 :]
            return Start(Language.DOTNET, "Amazon.Lambda.RuntimeSupport", rest[0] if rest else None, argv[0], argv)
    return None


def _shell_start(function: Function, argv: tuple[str, ...], command: tuple[str, ...]) -> Answer[Start | None]:
    """``sh -c TEXT`` and ``sh SCRIPT``."""
    if len(argv) > 2 and argv[1] == "-c":
        return _line_start(function, argv[2], argv[4:], command)
    if len(argv) > 1 and not argv[1].startswith("-"):
        return _script_start(function, argv[1:], command)
    return Unknown("the shell's command line is not understood", function.where("entrypoint"))


def _line_start(
    function: Function, line: str, arguments: tuple[str, ...], command: tuple[str, ...]
) -> Answer[Start | None]:
    """The start that one simple command is, with the positional parameters put in."""
    import shlex

    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        words = [line]
    argv: list[str] = []
    for word in words:
        if word in ("$@", "$*", "${@}", "${*}"):
            argv.extend(arguments)
        elif word in ("$1", "${1}"):
            argv.extend(arguments[:1])
        else:
            argv.append(word)
    start = _client_start(function, tuple(argv), command)
    if start is None:
        return Unknown("the shell's command line is not followed", function.where("entrypoint"))
    if start.handler is not None and re.search(r"[$`;&|<>()*?]", start.handler):
        return Unknown(f"the handler {start.handler} is made by the shell", function.where("entrypoint"))
    return start


_CLIENT_LINE = lazy(
    r"awslambdaric|aws-lambda-ric|aws_lambda_ric|runtime\.api\.client\.AWSLambda|Amazon\.Lambda\.RuntimeSupport"
)


def _script_start(function: Function, argv: tuple[str, ...], command: tuple[str, ...]) -> Answer[Start | None]:
    """What an entry script starts, where each of its lines that names a client starts the same.

    The usual script starts the client directly on Lambda and through the emulator elsewhere; both lines agree.
    """
    path = argv[0]
    if not path.startswith("/"):
        working_dir = function.working_dir
        if "/" not in path or isinstance(working_dir, Unknown):
            return Unknown(f"{path} is not followed", function.where("entrypoint"))
        path = f"{working_dir.rstrip('/')}/{path.removeprefix('./')}"
    found = function.files.find(path)
    if isinstance(found, Unknown):
        return found
    content = found.read(_SCRIPT_LIMIT) if isinstance(found, File) else b""
    if isinstance(content, Unknown):
        return content
    if not content.startswith(b"#!") or b"sh" not in content.partition(b"\n")[0]:
        return None
    starts = set()
    for line in content.decode("utf-8", "replace").replace("\\\n", " ").splitlines():
        line = line.strip()
        if line.startswith("#") or not _CLIENT_LINE.search(line) or re.match(r"(echo|printf)\b", line):
            continue
        start = _line_start(function, line.removesuffix(";"), argv[1:], command)
        if start is None or isinstance(start, Unknown):
            return start
        starts.add((start.language, start.client, start.handler, start.interpreter))
    if len(starts) == 1:
        return Start(*starts.pop(), argv)
    if starts:
        return Unknown(f"{path} starts more than one client", function.where("entrypoint"))
    return Unknown(f"{path} is not followed", function.where("entrypoint"))
