"""What Python code downloads, and where it says to put it. Imported only where a build runs Python."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import Command, ShellWord
from lambda_image_lint.function.launchers import is_python
from lambda_image_lint.function.model import File, Function, Kind
from lambda_image_lint.function.walk import normal
from lambda_image_lint.rulekit.copies import context_sources
from lambda_image_lint.rulekit.destinations import landing, working_folder
from lambda_image_lint.rulekit.home_downloads import CALLS, HUGGING_FACE, NLTK, Cache
from lambda_image_lint.rulekit.python_code import Called, calls_of

FOLDERS = ("download_dir", "download_root", "cache_dir", "cache_folder", "local_dir")
"""Keywords that say where: of NLTK, of whisper, of Hugging Face's libraries."""
_THIRD = {"nltk.download": 1, "whisper.load_model": 2}
"""Calls that also take the folder by position, from 0. Source: the signatures of each."""
_SOURCE_LIMIT = 256 * 1024


class Download(Struct, frozen=True):
    """One download by Python."""

    cache: Cache
    folder: str | None
    """As the code or the command line says; None: where the environment says."""
    at_run: bool
    """The same call downloads anew where the folder is empty."""


def python_downloads(
    function: Function, dockerfile: Dockerfile, context: Context | None, run: Instruction, command: Command
) -> Iterator[Download]:
    """What a command certainly downloads: ``python -m nltk.downloader``, ``python -c``, a script that the build has,
    ``hf download``."""
    words = [word.text for word in command.words]
    if words[:2] in (["huggingface-cli", "download"], ["hf", "download"]):
        yield from _by_command_line(dockerfile, run, command, HUGGING_FACE, "--local-dir", "--cache-dir")
    if command.program is None or not is_python(command.program):
        return
    if words[1:3] == ["-m", "nltk.downloader"]:
        yield from _by_command_line(dockerfile, run, command, NLTK, "-d", "--dir")
        return
    code = _code(function, dockerfile, context, run, command)
    if code is not None:
        yield from downloads_in(code)


def downloads_in(code: bytes) -> Iterator[Download]:
    """Of a source that keeps nothing in another place, and sets none of the variables itself where it leaves the place to
    them."""
    if b"save" in code:
        return
    for call in calls_of(code):
        end = next((end for end in CALLS if call.dotted == end or call.dotted.endswith(f".{end}")), None)
        if end is None or call.guarded or "local_files_only" in call.keywords:
            continue
        first = call.texts[0] if call.texts else None
        cache = CALLS[end]
        # What a variable names may lie in the image; NLTK's words name packages.
        if cache is not NLTK and (first is None or first.startswith(("/", ".", "~"))):
            continue
        says = says_where(call)
        if says is None:
            if not any(name.encode() in code for name in (*cache.variables, "HOME")):
                yield Download(cache, None, cache.at_run)
        elif says:
            yield Download(cache, says, cache.at_run and "local_dir" not in call.keywords)


def says_where(call: Called) -> str | None:
    """The folder that a call names, without a slash at its end; empty where it is no literal, None where it names none."""
    for name in FOLDERS:
        if name in call.keywords:
            return (call.keywords[name] or "").rstrip("/")
    for end, position in _THIRD.items():
        if call.dotted.endswith(end) and len(call.texts) > position:
            return (call.texts[position] or "").rstrip("/")
    return None


def value(dockerfile: Dockerfile, run: Instruction, command: Command, name: str) -> str | Unknown | None:
    """The value of a variable that a command starts with."""
    for one in command.assignments:
        if one.name == name:
            return (
                expanded(dockerfile, run, command, one.value) if one.value is not None else Unknown(f"{name} is unset")
            )
    return run.shell.value(name, command, lambda each: dockerfile.variables.value(each, run))


def expanded(dockerfile: Dockerfile, run: Instruction, command: Command, word: ShellWord) -> str | Unknown:
    """A word of a command with variables put in."""
    return run.shell.expand(word, command, lambda name: dockerfile.variables.value(name, run))


def _by_command_line(
    dockerfile: Dockerfile, run: Instruction, command: Command, cache: Cache, *options: str
) -> Iterator[Download]:
    found = command.option(*options)
    if found is None:
        yield Download(cache, None, cache.at_run)
        return
    folder = expanded(dockerfile, run, command, found.value) if found.value is not None else None
    if isinstance(folder, str):
        yield Download(cache, folder.rstrip("/"), cache.at_run and found.name != "--local-dir")


def _code(
    function: Function, dockerfile: Dockerfile, context: Context | None, run: Instruction, command: Command
) -> bytes | None:
    """The source that Python is given: a text, a heredoc, a script."""
    arguments = list(command.arguments)
    while arguments and arguments[0].text in ("-u", "-B", "-O", "-s", "-I", "-W", "ignore"):
        arguments.pop(0)
    if not arguments or arguments[0].text == "-":
        texts = [one.heredoc for one in command.redirects if one.heredoc is not None]
        return texts[0].encode() if len(texts) == 1 else None
    if arguments[0].text == "-c":
        text = arguments[1].text if len(arguments) > 1 else None
        return None if text is None else text.strip().encode()
    script = expanded(dockerfile, run, command, arguments[0])
    if not isinstance(script, str) or not script.endswith(".py"):
        return None
    folder = working_folder(dockerfile, run)
    moves = any(one.program in ("cd", "pushd") for one in run.shell.before(command))
    if not script.startswith("/") and (folder is None or moves):
        return None
    return _script(function, dockerfile, context, run, normal(script, folder or "/"))


def _script(
    function: Function, dockerfile: Dockerfile, context: Context | None, run: Instruction, path: str
) -> bytes | None:
    """A script that the image has, or that a COPY before the RUN has brought and a later step has deleted."""
    found = function.files.find(path)
    content = found.read(_SOURCE_LIMIT) if isinstance(found, File) and found.kind is Kind.FILE else None
    for source in context_sources(dockerfile, context) if context is not None and content is None else ():
        target = landing(dockerfile, source.copy) if source.copy.stage == run.stage else None
        if target is None or source.copy.index > run.index:
            continue
        for file in source.found:
            name = file.path.rpartition("/")[2]
            below = path.removeprefix(f"{target.rstrip('/')}/")
            if path == target or below == name:
                content = file.read(_SOURCE_LIMIT)
            elif below != path and context is not None:
                inside = context.find(f"{file.path}/{below}")
                content = (
                    inside.read(_SOURCE_LIMIT) if inside is not None and not isinstance(inside, Unknown) else content
                )
    return content if isinstance(content, bytes) and len(content) < _SOURCE_LIMIT else None
