"""pip, uv, poetry and Python itself."""

import re
from collections.abc import Callable

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.function.effects.call import Argument, Call, Options
from lambda_image_lint.function.effects.requirements import (
    Include,
    Local,
    Requirement,
    read_requirements,
    requirement,
    requirements_text,
)
from lambda_image_lint.function.effects.system import touch_system
from lambda_image_lint.function.effects.unknown import only_asks, unknown, works_in_its_folder
from lambda_image_lint.function.model import File, Installed, Kind, Packaged
from lambda_image_lint.function.walk import normal, parent
from lambda_image_lint.patterns import lazy

_PIP = lazy(r"pip(\d+(\.\d+)?)?")
_PYTHON = lazy(r"(python|pypy)(\d+(\.\d+)?)?")
PIP_VALUES = (
    "-r", "--requirement", "-c", "--constraint", "-t", "--target", "--prefix", "--root", "-i", "--index-url", "-e",
    "--extra-index-url", "-f", "--find-links", "--platform", "--python-version", "--implementation", "--abi", "--src",
    "--only-binary", "--no-binary", "--trusted-host", "--cache-dir", "--timeout", "--retries", "-w", "--wheel-dir",
    "-d", "--dest", "--python", "-p", "--upgrade-strategy", "--progress-bar", "--group", "--extra", "-o",
    "--output-file", "--editable", "--report", "--global-option", "--config-settings", "-C", "--log",
    "--python-platform", "--index-strategy", "--link-mode", "--exclude-newer",
)  # fmt: skip
_ALWAYS = ("/usr/local", "/usr/lib", "/usr/lib64", "/var/lang")
"""Where interpreters keep their packages, whichever of them runs."""
_NAMELESS = ("?",)
"""What a list brings that is certainly not there: the build ends at it, and once it is there, it names packages."""
_INCLUDES = 8
"""Requirements files that include each other in a row; a person writes two."""


def python_effect(program: str) -> Callable[[Call], None] | None:
    """The effect of a program whose name bears a version: ``pip3.12``, ``python3``."""
    if _PIP.fullmatch(program):
        return pip
    return python if _PYTHON.fullmatch(program) else None


def program_folders(call: Call) -> list[str]:
    """The prefixes that installed programs and libraries go to: those of PATH, and where interpreters keep packages."""
    path = call.environment.get("PATH")
    named = [parent(entry.rstrip("/")) for entry in path.split(":")] if isinstance(path, str) else []
    prefixes = [each for each in named if each not in ("/", "/usr", "/opt") and each.startswith("/")]
    if "/" in call.name:
        prefixes.append(parent(parent(normal(call.name))))
    return list(dict.fromkeys([*_ALWAYS, *prefixes]))


def pip(call: Call) -> None:
    options = call.options(PIP_VALUES)
    words = list(options.positionals)
    verb = words.pop(0).text if words else ""
    if verb in ("wheel", "download"):
        folder = options.last("-w", "--wheel-dir", "-d", "--dest")
        call.blur(call.folder if folder is None else call.path(folder), changes=False)
    elif verb == "install":
        install(call, options, words)
    elif verb == "sync":
        names = _names(call, options, [])
        for word in words:
            names = merged(names, _file(call, call.path(word), 0))
        bring(call, options, names)


def install(call: Call, options: Options, words: list[Argument]) -> None:
    """``pip install`` and its like: packages go to the target, or to where the interpreter keeps them."""
    bring(call, options, _names(call, options, words))


def bring(call: Call, options: Options, names: tuple[str, ...] | None) -> None:
    """Packages land in the target, or where the interpreter keeps them."""
    packaged = Packaged(f"{call.line} may have brought it", call.place, packages=names)
    target = options.last("-t", "--target", "--prefix", "--root")
    if target is not None:
        path = call.path(target)
        if isinstance(path, str):
            call.files.make_directory(call.files.resolve(path), call.place)
        call.blur(path, changes=False, unknown=packaged)
        return
    virtual = call.environment.get("VIRTUAL_ENV")
    folders: list[Answer[str]] = [*program_folders(call), *([virtual] if virtual else [])]
    if options.has("--user") or call.environment.get("PIP_USER"):
        folders.append("/root/.local")
    for folder in folders:
        call.blur(folder, changes=False, unknown=packaged)


def _names(call: Call, options: Options, words: list[Argument]) -> tuple[str, ...] | None:
    """The distributions asked for, noted as installed; None where some are not known."""
    names: tuple[str, ...] | None = ()
    for word in (*words, *options.all("-e", "--editable")):
        names = merged(names, _word(call, word))
    for file in options.all("-r", "--requirement"):
        names = merged(names, _file(call, call.path(file), 0))
    return names


def merged(first: tuple[str, ...] | None, second: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Both lists of names; None where one of them is not known."""
    return None if first is None or second is None else (*first, *second)


def _word(call: Call, word: Argument) -> tuple[str, ...] | None:
    if isinstance(word.text, Unknown):
        # A version may be a variable where the name is not: awslambdaric==${RIC_VERSION}
        word = Argument(re.split(r"[=<>~!]*[\"']?\$", word.raw.strip("\"'"))[0], word.raw)
    wanted = requirement(word.text) if isinstance(word.text, str) and word.text else Local(word.raw)
    return note(call, wanted)


def note(call: Call, wanted: Requirement | Local) -> tuple[str, ...] | None:
    """Remember a package as installed; its name, None where it has none that is known."""
    if isinstance(wanted, Local):
        call.building.install_gaps.append(call.unknown(f"what {wanted.text} depends on is not known"))
        return None
    by = call.name if call.name.startswith("/") else None
    call.building.installed.append(Installed("pip", wanted.name, wanted.version, call.place, by))
    return (wanted.name,)


def _file(call: Call, path: Answer[str], depth: int) -> tuple[str, ...] | None:
    if isinstance(path, str) and call.building.exported.get(path) is not None:
        return call.building.exported[path]
    found = path if isinstance(path, Unknown) else call.files.find(path)
    content = found.read() if isinstance(found, File) else call.unknown("the requirements are not known")
    if isinstance(content, Unknown) or depth > _INCLUDES or not isinstance(path, str):
        call.building.install_gaps.append(call.unknown(f"what {call.line} installs is not known"))
        return _NAMELESS if isinstance(found, Absent) else None
    names: tuple[str, ...] | None = ()
    for wanted in read_requirements(requirements_text(content)):
        if isinstance(wanted, Include):
            names = merged(names, _file(call, normal(wanted.path, parent(path)), depth + 1))
        else:
            names = merged(names, note(call, wanted))
    return names


def environment(call: Call, folder: Answer[str]) -> None:
    """A virtual environment is made; nothing of the function's own is in it."""
    call.blur(folder, unknown=Packaged(f"{call.line} made it", call.place, packages=()))


def python(call: Call) -> None:
    """``python -m pip`` is pip; a module or script of its own may do anything."""
    texts = call.texts
    module = next((texts[index + 1] for index, text in enumerate(texts[:-1]) if text == "-m"), None)
    if only_asks(call) or module in ("site", "sysconfig", "json.tool", "pytest", "unittest", "this"):
        return
    rest = call.arguments[texts.index(module) + 1 :] if module else ()
    inner = Call(call.building, module or "", call.name, rest, call.folder, call.place, call.environment, call.command)
    if module == "pip":
        pip(inner)
    elif module in ("venv", "virtualenv"):
        for word in inner.options().positionals:
            environment(call, call.path(word))
    elif module == "ensurepip":
        bring(call, Options((), ()), ("pip",))
    elif module == "compileall":
        _compiled(inner)
    elif module in _DATA:
        _DATA[module](inner)
    else:
        unknown(call)


def _compiled(call: Call) -> None:
    """Only ``__pycache__`` folders appear, beside every source."""
    for word in call.options(("-f", "-d", "-s", "-p", "-x", "-i", "-j", "-o", "--invalidation-mode", "-r")).positionals:
        path = call.path(word)
        if isinstance(path, Unknown):
            continue
        folders = {path, *(file.path for file in call.files.known_under(path) if file.kind is Kind.DIRECTORY)}
        for folder in folders:
            call.blur(normal("__pycache__", folder), changes=False)


def _spacy(call: Call) -> None:
    """``spacy download MODEL`` is a pip install of the model."""
    bring(call, Options((), ()), None)


def _nltk(call: Call) -> None:
    """``nltk.downloader -d FOLDER``, else one of the folders that NLTK searches."""
    folder = call.options(("-d",)).last("-d")
    for path in ["/root/nltk_data", "/usr/local", "/usr/share", "/usr/lib"] if folder is None else [call.path(folder)]:
        call.blur(path, changes=False)


def playwright(call: Call) -> None:
    """``playwright install``: browsers to PLAYWRIGHT_BROWSERS_PATH or root's cache, system packages on demand."""
    if call.texts[:1] not in (("install",), ("install-deps",)):
        works_in_its_folder(call)
        return
    browsers = call.environment.get("PLAYWRIGHT_BROWSERS_PATH")
    if browsers == "0":
        bring(call, Options((), ()), None)
    else:
        call.blur("/root/.cache/ms-playwright" if browsers is None else browsers, changes=False)
    if "--with-deps" in call.texts or call.texts[0] == "install-deps":
        touch_system(call)


_DATA: dict[str, Callable[[Call], None]] = {
    "spacy": _spacy,
    "nltk.downloader": _nltk,
    "playwright": playwright,
    "patchright": playwright,
}
"""Modules that fetch data, and where it goes."""

EFFECTS = {
    "playwright": playwright,
    "patchright": playwright,
    **dict.fromkeys(("virtualenv", "conda", "mamba", "micromamba"), works_in_its_folder),
    **dict.fromkeys(("cython", "cythonize", "pyinstaller", "nuitka", "pip-compile"), works_in_its_folder),
}
