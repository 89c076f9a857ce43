"""Files that a command cannot do without: those that are certainly not there when it runs."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.dockerfile.model import Instruction
from lambda_image_lint.dockerfile.shell import Command, is_shell
from lambda_image_lint.function.effects.call import Argument, Call, Options
from lambda_image_lint.function.effects.projects import brings_itself, document
from lambda_image_lint.function.model import Packaged
from lambda_image_lint.function.walk import join, lineage


class MissingRead(Struct, frozen=True):
    """A file that a command needs and does not find."""

    instruction: Instruction
    command: Command | None
    """None for a RUN in exec form."""
    program: str
    path: str
    """Absolute."""
    written: str
    """As the command names it; a name that the program looks for by itself."""


class _Need(Struct, frozen=True):
    written: str
    paths: tuple[str, ...]
    """Any one of these will do."""
    is_list: bool = False
    """A project's own list, which no base image and no package has."""


_Reader = Callable[[Call], Iterator[_Need]]


def missing_reads(call: Call, instruction: Instruction) -> Iterator[MissingRead]:
    """What the command needs of which nothing is there; silent where anything is unknown."""
    reader = _reader(call)
    if reader is None:
        return
    for need in reader(call):
        if need.paths and all(_is_absent(call, path, need.is_list) for path in need.paths):
            yield MissingRead(instruction, call.command, call.program, need.paths[0], need.written)


def _is_absent(call: Call, path: str, is_list: bool) -> bool:
    found = call.files.find(path)
    return isinstance(found, Absent) or (is_list and isinstance(found, Packaged) and found.packages == ())


def _reader(call: Call) -> _Reader | None:
    program = call.program
    if "/" in call.name:
        return _program
    if is_shell(program):
        return _script
    return _READERS.get(program.rstrip("0123456789."))


def _program(call: Call) -> Iterator[_Need]:
    """``./gradlew``: the program itself."""
    yield from _needs(call, Argument(call.name, call.name))


_NO_NAMES = ("", "-")
"""``uv export | uv pip install -r -``: standard input. Source: ``uv pip install --help``, read 2026-11-28."""


def _needs(call: Call, argument: Argument | None, *endings: str) -> Iterator[_Need]:
    """One path, or the path with one of these endings."""
    if argument is None or isinstance(argument.text, Unknown) or argument.glob or argument.text in _NO_NAMES:
        return
    path = call.path(argument)
    if isinstance(path, str) and "://" not in argument.text and not path.startswith(("/dev/", "/proc/", "/sys/")):
        yield _Need(argument.text, (path, *(path + ending for ending in endings)))


def _script(call: Call) -> Iterator[_Need]:
    first = next((one for one in call.arguments if not _is_option(one)), None)
    if not any(
        isinstance(one.text, str) and one.text.startswith("-") and set("cos") & {*one.text} for one in call.arguments
    ):
        yield from _needs(call, first)


def _python(call: Call) -> Iterator[_Need]:
    words = list(call.arguments)
    while words and words[0].text in ("-u", "-B", "-O", "-OO", "-s", "-S", "-E", "-I"):
        words.pop(0)
    if words and words[0].text == "-m" and len(words) > 1 and words[1].text == "pip":
        yield from _pip(call, skip=len(call.arguments) - len(words) + 2)
    elif words and not _is_option(words[0]):
        yield from _needs(call, words[0])


def _node(call: Call) -> Iterator[_Need]:
    if call.arguments and not _is_option(call.arguments[0]):
        yield from _needs(call, call.arguments[0], ".js", ".cjs", ".mjs", ".json", "/index.js", "/package.json")


_PIP_VALUES = (
    "-r", "--requirement", "-c", "--constraint", "-t", "--target", "-i", "--index-url", "--extra-index-url", "-f",
    "--find-links", "--platform", "--python-version", "--implementation", "--abi", "--only-binary", "--no-binary",
    "--prefix", "--root", "--cache-dir", "--trusted-host", "-e", "--editable", "--python", "--timeout", "--retries",
    "--progress-bar", "--log", "--proxy", "--upgrade-strategy", "-d", "--dest", "-w", "--wheel-dir", "--report",
    "--config-settings", "-C", "--exists-action", "--src", "--build", "-b", "--use-feature", "--group", "--extra",
    "--build-option", "--global-option", "--install-option", "--cert", "--client-cert", "--python-platform", "-p",
    "--link-mode", "--index", "--default-index", "--index-strategy", "--override", "--exclude-newer", "--resolution",
)  # fmt: skip
_PROJECT = ("/pyproject.toml", "/setup.py", "/setup.cfg")


def _pip(call: Call, skip: int = 0) -> Iterator[_Need]:
    options = _options(call, skip, _PIP_VALUES)
    words = options.positionals
    if not words or words[0].text not in ("install", "wheel", "download") or options.has("-h", "--help"):
        return
    for file in options.all("-r", "--requirement", "-c", "--constraint"):
        yield from _needs(call, file)
    for word in (*words[1:], *options.all("-e", "--editable")):
        yield from _local_project(call, word)


def _local_project(call: Call, word: Argument) -> Iterator[_Need]:
    """``.``, ``./lib``, ``/src/lib[extra]``: a folder with a project; ``dist/x.whl``: a file."""
    if isinstance(word.text, Unknown) or word.glob or "@" in word.text or "://" in word.text:
        return
    text = word.text.partition("[")[0]
    if text.endswith((".whl", ".tar.gz", ".zip")):
        yield from _needs(call, Argument(text, word.raw))
    elif text == "." or text.startswith(("./", "../", "/")):
        folder = call.path(text)
        if isinstance(folder, str):
            yield _Need(join(text, "pyproject.toml"), tuple(join(folder, name[1:]) for name in _PROJECT))
            yield from _readme(folder, document(call, join(folder, "pyproject.toml")))


def _readme(folder: str, project: Mapping[str, object] | None) -> Iterator[_Need]:
    """The readme that a project names: hatchling makes no package without it, editable ones included.

    Source: own builds with hatchling 1.33; what other backends do is not known.
    """
    system, table = (project.get(name) for name in ("build-system", "project")) if project else (None, None)
    if not isinstance(system, dict) or not isinstance(table, dict):
        return
    readme = table.get("readme")
    name = readme.get("file") if isinstance(readme, dict) else readme
    if isinstance(name, str) and name and str(system.get("build-backend")).startswith("hatchling"):
        yield _Need(f"{name}, which pyproject.toml names", (join(folder, name),))


def _options(call: Call, skip: int, with_values: tuple[str, ...]) -> Options:
    return replace(call, arguments=call.arguments[skip:]).options(with_values)


def _uv(call: Call) -> Iterator[_Need]:
    if call.texts[:1] == ("pip",):
        yield from _pip(call, skip=1)
        if call.texts[1:2] == ("sync",):
            for word in _options(call, 2, _PIP_VALUES).positionals:
                yield from _needs(call, word)
    elif call.texts[:1] in (("sync",), ("export",), ("lock",)) and not _elsewhere(
        call, "--project", "--directory", "--script"
    ):
        yield from _in_lineage(call, "pyproject.toml")
        project = document(call, call.path("pyproject.toml")) if call.texts[0] == "sync" else None
        if project is not None and "--package" not in call.texts and isinstance(call.folder, str):
            yield from _readme(call.folder, project if brings_itself(call, project) else None)


def _elsewhere(call: Call, *options: str) -> bool:
    """Whether an option names the project's folder."""
    return any(text.partition("=")[0] in options for text in call.texts)


def _in_lineage(call: Call, *names: str) -> Iterator[_Need]:
    """A file that is looked for in the working directory and in all above it."""
    if isinstance(call.folder, str):
        folders = (call.folder, *lineage(call.folder))
        yield _Need(names[0], tuple(join(folder, name) for folder in folders for name in names), is_list=True)


def _here(call: Call, *names: str) -> Iterator[_Need]:
    if isinstance(call.folder, str):
        yield _Need(names[0], tuple(join(call.folder, name) for name in names), is_list=True)


def _poetry(call: Call) -> Iterator[_Need]:
    verbs = ("install", "export", "lock", "build", "sync")
    if call.texts[:1] and call.texts[0] in verbs and not _elsewhere(call, "-C", "--directory", "-P", "--project"):
        yield from _in_lineage(call, "pyproject.toml")


def _npm(call: Call) -> Iterator[_Need]:
    if _elsewhere(call, "--prefix", "-C", "-g", "--global", "--version", "-v", "--help"):
        return
    verb = next((text for text in call.texts if not text.startswith("-")), "")
    if call.program == "npm" and verb in ("ci", "clean-install"):
        yield from _in_lineage(call, "package-lock.json", "npm-shrinkwrap.json")
    elif verb in ("run", "run-script"):
        yield from _in_lineage(call, "package.json")


def _go(call: Call) -> Iterator[_Need]:
    words = [text for text in call.texts if not text.startswith("-")]
    if words in (["mod", "download"], ["mod", "tidy"]):
        yield from _in_lineage(call, "go.mod")


def _cargo(call: Call) -> Iterator[_Need]:
    verb = next((text for text in call.texts if not text.startswith(("-", "+"))), "")
    if verb in ("build", "fetch", "test", "check", "zigbuild") and not _elsewhere(call, "--manifest-path", "-C"):
        yield from _in_lineage(call, "Cargo.toml")


def _maven(call: Call) -> Iterator[_Need]:
    goals = [text for text in call.texts if not text.startswith("-")]
    if goals and not any(":" in goal for goal in goals) and not _elsewhere(call, "-f", "--file"):
        yield from _here(call, "pom.xml")


def _bundle(call: Call) -> Iterator[_Need]:
    named = call.command is not None and any(one.name == "BUNDLE_GEMFILE" for one in call.command.assignments)
    if call.texts[:1] == ("install",) and not named and not _elsewhere(call, "--gemfile"):
        yield from _in_lineage(call, "Gemfile", "gems.rb")


def _composer(call: Call) -> Iterator[_Need]:
    verb = next((text for text in call.texts if not text.startswith("-")), "")
    if verb in ("install", "dump-autoload") and not _elsewhere(call, "-d", "--working-dir"):
        yield from _here(call, "composer.json")


def _copied(call: Call) -> Iterator[_Need]:
    """``cp``, ``mv``: all but the last word are read."""
    if not _elsewhere(call, "-t", "--target-directory"):
        for word in call.options().positionals[:-1]:
            yield from _needs(call, word)


def _behind_the_mode(call: Call) -> Iterator[_Need]:
    """``chmod``: all but the first word."""
    words = [one for one in call.arguments if not (isinstance(one.text, str) and one.text.startswith("--"))]
    flags = ("-R", "-v", "-f", "-c", "-h", "-Rf", "-fR", "-Rv", "-vR")
    words = [one for one in words if one.text not in flags]
    if not _elsewhere(call, "--reference", "-f"):
        for word in words[1:]:
            yield from _needs(call, word)


def _unzip(call: Call) -> Iterator[_Need]:
    yield from _needs(call, next(iter(call.options(("-d", "-x", "-P")).positionals), None), ".zip", ".ZIP")


def _tar(call: Call) -> Iterator[_Need]:
    """``tar xzf FILE``: letters that end in ``f``, and the file right behind them."""
    if len(call.arguments) > 1 and not call.texts[0].startswith("--"):
        letters = call.texts[0].lstrip("-")
        if (
            "x" in letters
            and letters.endswith("f")
            and call.texts[1] != "-"
            and not _elsewhere(call, "-C", "--directory")
        ):
            yield from _needs(call, call.arguments[1])


def _is_option(argument: Argument) -> bool:
    return isinstance(argument.text, str) and argument.text.startswith("-")


_READERS: Mapping[str, _Reader] = {
    "node": _node, "python": _python, "pip": _pip, "uv": _uv, "poetry": _poetry, "npm": _npm, "pnpm": _npm, "yarn": _npm, "go": _go, "cargo": _cargo,
    "mvn": _maven, "bundle": _bundle, "composer": _composer, "cp": _copied, "mv": _copied, "chmod": _behind_the_mode,
    "unzip": _unzip, "tar": _tar,
}  # fmt: skip
"""Program → what it reads. Source: each program's own manual; go: https://go.dev/ref/mod#mod-commands."""
