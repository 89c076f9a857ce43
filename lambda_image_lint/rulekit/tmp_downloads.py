"""What a build downloads to a folder below ``/tmp``, from which the function would read it."""

import ast
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.finding import Place
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.rulekit.home_downloads import (
    CALLS,
    HUGGING_FACE,
    NLTK,
    PLAYWRIGHT,
    PUPPETEER,
    SENTENCES,
    TORCH,
    WHISPER,
    Cache,
    redirected_downloads,
)
from lambda_image_lint.rulekit.own_code import own_modules
from lambda_image_lint.rulekit.references import references
from lambda_image_lint.rulekit.runs import has_cache_mount
from lambda_image_lint.rulekit.stages import final_instructions

TMP = "/tmp"
FETCHED_ANEW = frozenset(name for one in (HUGGING_FACE, SENTENCES, TORCH, WHISPER) for name in one.variables)
"""Variables of libraries that download again what they do not find."""
_MOVERS = frozenset(["mv", "cp", "ln", "rm", "rsync", "tar", "zip", "find", "install"])
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_YES = frozenset(["1", "on", "yes", "true"])
"""Source: huggingface_hub/constants.py"""

Lookup = Callable[[str], Answer[str | None]]


class TmpDownload(Struct, frozen=True):
    """A download of the build that the function does not find."""

    run: Instruction
    command: Command
    what: str
    """``models``, ``data``, ``browsers``."""
    folder: str
    at_run: bool
    """The function downloads it anew."""
    reader: Place | None = None
    """What makes the function look there; None: the variable that also sent the build there."""


def tmp_downloads(function: Function, dockerfile: Dockerfile, context: Context | None) -> Iterator[TmpDownload]:
    """The first of each folder in each RUN."""
    for found, folder in redirected_downloads(dockerfile):
        if found.cache in (PLAYWRIGHT, PUPPETEER) and _is_below_tmp(folder) and folder != TMP:
            yield TmpDownload(found.run, found.command, found.cache.what, folder, at_run=False)
    # Most builds neither name the folder nor set a variable to it.
    is_named = any(TMP in one.raw for one in final_instructions(dockerfile))
    runs = list(final_instructions(dockerfile, "RUN")) if is_named else []
    for run in runs:
        told: set[str] = set()
        for command in run.shell:
            for one in _of_command(function, dockerfile, context, run, command):
                if one.folder in told or has_cache_mount(run, one.folder) or _is_moved(one, runs):
                    continue
                told.add(one.folder)
                yield one


def _of_command(
    function: Function, dockerfile: Dockerfile, context: Context | None, run: Instruction, command: Command
) -> Iterator[TmpDownload]:
    from lambda_image_lint.rulekit.python_downloads import python_downloads, value

    if command.guards:
        return
    for found in python_downloads(function, dockerfile, context, run, command):
        cache = found.cache
        folder = found.folder or _sent(cache, lambda name: value(dockerfile, run, command, name))
        if not isinstance(folder, str) or not _is_below_tmp(folder):
            continue
        reader = _reader(function, cache, folder, is_said=found.folder is not None)
        if reader is not None:
            yield TmpDownload(
                run, command, cache.what, folder, _downloads_anew(function, cache, at_run=found.at_run), reader
            )


def _is_below_tmp(folder: str) -> bool:
    return folder == TMP or folder.startswith(f"{TMP}/")


def _sent(cache: Cache, lookup: Lookup) -> Answer[str | None]:
    """The folder that variables send a cache to; None where none does, and where two disagree on whether it is below
    ``/tmp``."""
    folders = []
    for name in cache.variables:
        value = lookup(name)
        if isinstance(value, Unknown):
            return value
        if value:
            folders.append(_inside(cache, name, value.rstrip("/") or "/"))
    if not folders:
        home = lookup("HOME")
        return f"{home.rstrip('/')}/{_own(cache)}" if isinstance(home, str) and home else home
    return folders[0] if all(map(_is_below_tmp, folders)) else None


def _own(cache: Cache) -> str:
    return cache.folder + ("/hub" if cache in (HUGGING_FACE, SENTENCES) else "")


def _inside(cache: Cache, name: str, value: str) -> str:
    if cache in (HUGGING_FACE, SENTENCES) and name == "HF_HOME":
        return f"{value}/hub"
    return f"{value}/{_own(cache).removeprefix('.cache/')}" if name == "XDG_CACHE_HOME" else value


def _reader(function: Function, cache: Cache, folder: str, *, is_said: bool) -> Place | None:
    """Where the function is made to look in the folder: its environment, or its own code."""
    by_code = dict(_set_by_code(function))

    def lookup(name: str) -> Answer[str | None]:
        return by_code[name][0] if name in by_code else function.environment.get(name)

    if _sent(cache, lookup) == folder:
        names = [name for name in (*cache.variables, "HOME") if lookup(name)]
        return by_code[names[0]][1] if names[0] in by_code else function.where(f"environment.{names[0]}")
    if not is_said:
        return None
    for place in _named_by_code(function, cache, folder):
        return place
    for reference in references(function, TMP):
        if reference.path == folder or reference.path.startswith(f"{folder}/"):
            return reference.place
    return None


def _set_by_code(function: Function) -> Iterator[tuple[str, tuple[Answer[str], Place]]]:
    """``os.environ["NLTK_DATA"] = "/tmp/nltk_data"`` in the function's own code."""
    from lambda_image_lint.rulekit.python_code import text_of, tree_of

    for module in own_modules(function, Language.PYTHON):
        content = text_of(module.file, b"environ")
        tree = tree_of(content) if content is not None else None
        for node in ast.walk(tree) if tree is not None else ():
            match node:
                case ast.Assign(
                    targets=[ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name)))],
                    value=given,
                ):
                    text = given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None
                    unknown = Unknown(f"{name} is set by {module.file.path}", module.file.place)
                    yield name, (unknown if text is None else text, module.file.place)


def _named_by_code(function: Function, cache: Cache, folder: str) -> Iterator[Place]:
    """Calls of the same library that name the folder, and NLTK's list of folders."""
    from lambda_image_lint.rulekit.python_code import calls
    from lambda_image_lint.rulekit.python_downloads import says_where

    ends = tuple(end for end, each in CALLS.items() if each.what == cache.what)
    for module in own_modules(function, Language.PYTHON):
        for call in calls(module.file, TMP.encode()):
            named = call.dotted.endswith(ends) and says_where(call) == folder
            searched = cache is NLTK and ".data.path." in call.dotted and folder in call.texts
            if named or searched:
                yield module.file.place


def _downloads_anew(function: Function, cache: Cache, *, at_run: bool) -> bool:
    """Whether what is gone comes again at run time: the library fetches it, or the function's own code asks for it."""
    from lambda_image_lint.rulekit.python_code import calls

    if at_run:
        is_hub = cache in (HUGGING_FACE, SENTENCES)
        return not (is_hub and any(_says_yes(function.environment, name) for name in _OFFLINE))
    asks = "nltk.download" if cache is NLTK else ("snapshot_download", "hf_hub_download")
    return any(call.dotted.endswith(asks) for file in _sources(function) for call in calls(file, b"download"))


def _sources(function: Function) -> Iterator[File]:
    """The function's own code: what the handler loads, else any source in the working folder."""
    modules = own_modules(function, Language.PYTHON)
    yield from (module.file for module in modules)
    if not modules and isinstance(function.working_dir, str):
        for file in function.files.known_under(function.working_dir):
            if file.path.endswith(".py") and "/site-packages/" not in file.path:
                yield file


def _says_yes(environment: Mapping[str, Answer[str]], name: str) -> bool:
    value = environment.get(name)
    return isinstance(value, str) and value.lower() in _YES


def _is_moved(found: TmpDownload, runs: list[Instruction]) -> bool:
    """Whether a later command may take the folder elsewhere, or away."""
    for later in runs[runs.index(found.run) :]:
        behind = later.shell.commands[found.command.index + 1 if later is found.run else 0 :]
        for one in behind:
            if one.program in _MOVERS and any(
                _may_mean(word.prefix, word.is_static, found.folder) for word in one.arguments
            ):
                return True
    return False


def _may_mean(text: str, is_static: bool, folder: str) -> bool:
    """Whether a word may stand for the folder, for one around it or for something in it."""
    if text.startswith("-"):
        return False
    start = text.split("*")[0].rstrip("/")
    around = folder == start or folder.startswith(f"{start}/") or start.startswith(f"{folder}/")
    return (bool(start) and around) or (not is_static and folder.startswith(text))
