"""Programs that start what their arguments name: shells, interpreters, wrappers."""

from collections.abc import Callable, Mapping
from posixpath import basename

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.shell import is_shell
from lambda_image_lint.knowledge import emulator_files
from lambda_image_lint.patterns import lazy

Words = tuple[Answer[str], ...]


class Launch(Struct, frozen=True):
    """What a program starts."""

    kind: str
    """``words``: a command line; ``text``: shell text; ``script``, ``module``, ``package``, ``class``: by `name`;
    ``npm-script``: an entry of package.json's ``scripts``."""
    name: str = ""
    words: Words = ()
    """The command line, or the arguments of what is started."""
    is_shell: bool = False
    """A script for a shell."""


_NOTHING = Launch("words")
_PYTHON = lazy(r"(python|pypy)(\d+(\.\d+)?)?")
_WRAPPERS: Mapping[str, tuple[str, ...]] = {
    "env": ("-u", "-C", "-S"), "exec": ("-a",), "nohup": (), "tini": ("-p", "-e"), "dumb-init": ("-r",), "su-exec": (),
    "catatonit": (), "nice": ("-n",), "stdbuf": ("-i", "-o", "-e"), "setsid": (), "time": (), "command": (),
    "s6-setuidgid": (), "sudo": ("-u", "-g"), "xvfb-run": ("-n", "-s", "-e", "-f"), "bundle": (), "poetry": (), "uv": (),
    "pipenv": (), "pdm": (), "opentelemetry-instrument": (), "ddtrace-run": (), "newrelic-admin": (),
}  # fmt: skip
"""Wrapper → its options that take a value."""
_AFTER = {
    "bundle": "exec",
    "poetry": "run",
    "uv": "run",
    "pipenv": "run",
    "pdm": "run",
    "newrelic-admin": "run-program",
}
"""The word behind which the command line begins."""
_LEADING = {"su-exec": 1, "s6-setuidgid": 1, "timeout": 1, "gosu": 1}
"""Words in front of the command line: a user, a duration."""
_JAVA_VALUES = ("-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules", "--add-opens")
_PYTHON_VALUES = ("-W", "-X", "--check-hash-based-pycs")
_BUN_VALUES = (
    "-r", "--preload", "--require", "--import", "-c", "--cwd", "--env-file", "--define", "-d", "--port", "--conditions",
    "--tsconfig-override", "--loader", "-l", "-F", "--filter", "--title", "--install", "--shell",
)  # fmt: skip
"""Source: https://bun.sh/docs/cli/run, read 2026-11-28."""
_BUN_VERBS = frozenset(
    """add audit build completions create exec info init install i link outdated patch pm publish remove repl rm test unlink
    update upgrade why""".split()
)
_BUN_SOURCES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_NODE_VALUES = ("-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file")


def launches(program: str, words: Words) -> Launch | None:
    """What a program starts with these arguments; None where it starts nothing else."""
    if program in emulator_files():
        return Launch("words", words=_behind_options(words, ("--log-level", "--runtime-interface-emulator-address")))
    if program in _WRAPPERS or program in _LEADING:
        return _wrapped(program, words)
    if is_shell(program):
        return _shell(words)
    if _PYTHON.fullmatch(program):
        return _python(words)
    return _LAUNCHERS[program](words) if program in _LAUNCHERS else None


def _wrapped(program: str, words: Words) -> Launch | None:
    after = _AFTER.get(program)
    if after is not None:
        if after not in words:
            return None
        return Launch("words", words=_behind_options(words[words.index(after) + 1 :], ()))
    rest = _behind_options(words, _WRAPPERS.get(program, ()))
    while program == "env" and rest and isinstance(rest[0], str) and "=" in rest[0]:
        rest = rest[1:]
    return Launch("words", words=rest[_LEADING.get(program, 0) :])


def _behind_options(words: Words, with_values: tuple[str, ...]) -> Words:
    """The words from the first that is no option and no option's value."""
    rest = list(words)
    while (option := _taken_option(rest)) is not None:
        if option == "--":
            break
        if option in with_values and rest:
            rest.pop(0)
    return tuple(rest)


def _taken_option(rest: list[Answer[str]], signs: str = "-") -> str | None:
    """Takes the first word off if it is an option; a lone dash is none."""
    first = rest[0] if rest else None
    if not isinstance(first, str) or len(first) < 2 or first[0] not in signs:
        return None
    rest.pop(0)
    return first


def _shell(words: Words) -> Launch:
    rest = list(words)
    runs_text = False
    while (option := _taken_option(rest, "-+")) is not None:
        runs_text = runs_text or (not option.startswith("--") and "c" in option)
        if option in ("-o", "+o", "-O", "+O") and rest:
            rest.pop(0)
    if not rest:
        return _NOTHING
    first = rest[0]
    if isinstance(first, Unknown):
        return Launch("words", words=(first,))
    if runs_text:
        # The word behind the text is $0, those behind it $1 and so on.
        return Launch("text", first, tuple(rest[2:]), is_shell=True)
    return Launch("script", first, tuple(rest[1:]), is_shell=True)


def _python(words: Words) -> Launch:
    rest = list(words)
    while (option := _taken_option(rest)) is not None:
        if option.startswith("-m") or (not option.startswith("--") and option.endswith("m")):
            name = option[2:] if option.startswith("-m") and len(option) > 2 else rest.pop(0) if rest else ""
            return Launch("module", name, tuple(rest)) if isinstance(name, str) else Launch("words", words=(name,))
        if option == "-c":
            return _NOTHING
        if option in _PYTHON_VALUES and rest:
            rest.pop(0)
    return _script(tuple(rest))


def _script(words: Words) -> Launch:
    if not words:
        return _NOTHING
    first = words[0]
    return Launch("words", words=(first,)) if isinstance(first, Unknown) else Launch("script", first, words[1:])


def _node(words: Words) -> Launch:
    return _script(_behind_options(words, _NODE_VALUES))


def _bun(words: Words) -> Launch | None:
    """``bun FILE``, ``bun run FILE`` and ``bun run SCRIPT``: a word that looks like no file names a script of package.json, or
    a program of a package, which is not followed."""
    rest = _behind_options(words, _BUN_VALUES)
    if rest[:1] in (("run",), ("x",)):
        verb, rest = rest[0], _behind_options(rest[1:], _BUN_VALUES)
        if verb == "x":
            return _npx(rest)
    elif rest and rest[0] in _BUN_VERBS:
        return None
    if not rest or isinstance(rest[0], Unknown):
        return Launch("words", words=rest) if rest else None
    if rest[0].endswith(_BUN_SOURCES):
        return Launch("script", rest[0], rest[1:])
    # Bun finds a source without its suffix, and many other things.
    return None if "/" in rest[0] else Launch("npm-script", rest[0], rest[1:])


def _npx(words: Words) -> Launch:
    rest = _behind_options(words, ("-p", "--package", "-c", "--call", "--prefix", "--cache"))
    if not rest or isinstance(rest[0], Unknown):
        return Launch("words", words=rest)
    return Launch("package", rest[0].rpartition("@")[0] or rest[0], rest[1:])


def _npm(words: Words) -> Launch | None:
    rest = _behind_options(words, ("--prefix", "--cwd", "-C"))
    verbs = tuple(word for word in rest if isinstance(word, str))
    if verbs[:1] in (("exec",), ("x",), ("dlx",)):
        return _npx(_behind_options(rest[1:], ()))
    if verbs[:1] in (("run",), ("run-script",)) and len(verbs) > 1:
        return Launch("npm-script", verbs[1], rest[2:])
    return Launch("npm-script", "start", rest[1:]) if verbs[:1] == ("start",) else None


def _java(words: Words) -> Launch:
    rest = list(words)
    while (option := _taken_option(rest)) is not None:
        if option == "-jar":
            return _script(tuple(rest))
        if option in _JAVA_VALUES and rest:
            rest.pop(0)
    if not rest or isinstance(rest[0], Unknown):
        return Launch("words", words=tuple(rest))
    return Launch("class", rest[0], tuple(rest[1:]))


def _dotnet(words: Words) -> Launch:
    rest = list(words)
    if rest[:1] == ["exec"]:
        rest.pop(0)
    return _script(
        _behind_options(tuple(rest), ("--depsfile", "--runtimeconfig", "--additionalprobingpath", "--fx-version"))
    )


def _busybox(words: Words) -> Launch:
    return Launch("words", words=words)


def _ruby(words: Words) -> Launch:
    return _script(_behind_options(words, ("-I", "-r", "-C")))


_LAUNCHERS: Mapping[str, Callable[[Words], Launch | None]] = {
    "node": _node, "nodejs": _node, "bun": _bun, "npx": _npx, "npm": _npm, "yarn": _npm, "pnpm": _npm, "java": _java,
    "dotnet": _dotnet, "ruby": _ruby, "busybox": _busybox, "php": _ruby, "perl": _ruby, "Rscript": _ruby,
}  # fmt: skip


def is_python(name: str) -> bool:
    """Whether a program is Python, by its name."""
    return _PYTHON.fullmatch(basename(name)) is not None
