"""Package installers in shell commands: pip, uv, npm, yum, apt and their kin, with what they are asked to do."""

from collections.abc import Iterator, Mapping
from functools import cache

from msgspec import Struct

from lambda_image_lint.dockerfile.shell import Command, Option, Shell, ShellWord

OS_MANAGERS = frozenset({"yum", "dnf", "microdnf", "apt-get", "apt", "aptitude", "apk", "zypper", "tdnf"})

_PIP = frozenset(
    """-r --requirement -t --target -i --index-url --extra-index-url -c --constraint -e --editable -f --find-links
    --platform --python-version --implementation --abi --only-binary --no-binary --prefix --root --src
    --upgrade-strategy --progress-bar --cache-dir --trusted-host --timeout --retries --proxy --cert --client-cert --log
    --config-settings -C --python --exists-action --report --group --use-feature --keyring-provider""".split()
)
_UV = _PIP | frozenset(
    "--directory --project --extra --no-group --only-group --link-mode --output-file -o --index --package".split()
)
_NPM = frozenset(
    "--prefix -C --registry --omit --include --cache --only --loglevel --workspace -w --userconfig".split()
)
_YARN = frozenset("--cwd --registry --cache-folder --modules-folder --network-timeout --mutex".split())
_POETRY = frozenset("--without --with --only -E --extras -C --directory -P --project -f --format -o --output".split())
_OS = frozenset(
    """-c --config --installroot --releasever --enablerepo --disablerepo --repo --setopt -x --exclude -t --target-release
    -o --option -t --virtual -X --repository -p --root --repositories-file --disableplugin --enableplugin""".split()
)
VALUED: Mapping[str, frozenset[str]] = {
    "pip": _PIP, "uv": _UV, "npm": _NPM, "pnpm": _NPM, "yarn": _YARN, "poetry": _POETRY, "pipenv": frozenset({"--python"}),
    "pdm": frozenset({"-G", "--group", "-p", "--project"}), "gem": frozenset({"-i", "--install-dir", "-n", "--bindir", "-v", "--version"}),
    "bundle": frozenset({"--path", "--without", "--with", "-j", "--jobs", "--retry", "--gemfile"}),
    **dict.fromkeys(OS_MANAGERS, _OS),
}  # fmt: skip
"""Tool → the options that take a value. Source: each tool's own ``--help``, read 2026-11-23."""

_PIP_SWITCHES = frozenset(
    """--no-deps --pre --dry-run --user --upgrade --force-reinstall --ignore-installed --ignore-requires-python
    --no-build-isolation --use-pep517 --check-build-dependencies --break-system-packages --global-option --compile
    --no-compile --no-warn-script-location --no-warn-conflicts --prefer-binary --require-hashes --root-user-action
    --no-clean --no-index --help --debug --isolated --require-virtualenv --verbose --version --quiet --no-input
    --no-cache-dir --disable-pip-version-check --no-color --no-python-version-warning --use-deprecated""".split()
)
"""pip's other long options. Source: ``pip install --help`` of 23.2, read 2026-11-28."""


@cache
def _abbreviations() -> Mapping[str, str]:
    """pip's long options by each beginning that is one's alone: its parser takes ``--no-cache`` for ``--no-cache-dir``.

    Source: https://docs.python.org/3/library/optparse.html; own: ``pip install --no-cache``.
    """
    names = [name for name in _PIP | _PIP_SWITCHES if name.startswith("--")]
    begun: dict[str, set[str]] = {}
    for name in names:
        for end in range(3, len(name)):
            begun.setdefault(name[:end], set()).add(name)
    return {short: next(iter(full)) for short, full in begun.items() if len(full) == 1 and short not in names}


@cache
def _pip_valued() -> frozenset[str]:
    return _PIP | {short for short, name in _abbreviations().items() if name in _PIP}


_SUBCOMMANDS_OF = {"uv": frozenset({"pip", "tool", "python"})}
_ACTION_ALIASES = {"i": "install", "add": "add", "in": "install", "clean-install": "ci"}


class Installer(Struct, frozen=True):
    """One call of a package installer."""

    command: Command
    tool: str
    """``pip``, ``uv``, ``npm``, ``dnf`` …: ``pip3.12`` and ``python -m pip`` are ``pip``."""
    tool_word: ShellWord
    """The word that names it: ``pip`` also in ``python -m pip``."""
    action: str
    """``install``, ``ci``, ``sync``, ``pip install`` (of uv), ``export``, ``clean`` …; empty without one."""
    action_word: ShellWord | None
    """The last word of the action."""
    options: tuple[Option, ...]
    operands: tuple[ShellWord, ...]
    """Packages, files and the like: what is neither option nor action."""

    def has(self, *names: str) -> bool:
        """Whether one of these options is given."""
        return any(option.name in names for option in self.options)

    def values(self, *names: str) -> tuple[ShellWord, ...]:
        """The values of these options, in order."""
        return tuple(option.value for option in self.options if option.name in names and option.value is not None)

    @property
    def requirement_files(self) -> tuple[ShellWord, ...]:
        """pip's and uv's ``-r``."""
        return self.values("-r", "--requirement", "--requirements")

    @property
    def installs(self) -> bool:
        """Whether it puts packages in place."""
        return self.action in (
            "install",
            "ci",
            "sync",
            "add",
            "pip install",
            "pip sync",
            "tool install",
            "localinstall",
            "groupinstall",
            "reinstall",
        ) or (self.tool == "yarn" and self.action == "")


def installers(shell: Shell, *tools: str) -> Iterator[Installer]:
    """The installers that a shell text calls, in order; all, or those named."""
    return (found for found in shell.installers if not tools or found.tool in tools)


def installer(command: Command) -> Installer | None:
    """What a command asks of an installer; None where it is another program."""
    program, words = command.program, list(command.arguments)
    if program is None:
        return None
    tool_word = command.words[0]
    if _is_python(program):
        texts = [word.text for word in words]
        if "-m" not in texts or texts.index("-m") + 1 >= len(texts):
            return None
        at = texts.index("-m") + 1
        program, tool_word, words = texts[at] or "", words[at], words[at + 1 :]
    tool = _tool(program)
    if tool is None:
        return None
    from msgspec.structs import replace

    rest = replace(command, words=(tool_word, *words))
    options, positionals = rest.parsed_options(VALUED[tool] if tool != "pip" else _pip_valued())
    if tool == "pip":
        options = tuple(replace(one, name=_abbreviations().get(one.name, one.name)) for one in options)
    actions: list[ShellWord] = []
    operands = list(positionals)
    if operands and (text := operands[0].text) is not None:
        actions.append(operands.pop(0))
        if text in _SUBCOMMANDS_OF.get(tool, ()) and operands and operands[0].text is not None:
            actions.append(operands.pop(0))
    if tool in ("yum", "dnf") and _first(actions) in ("group", "groups") and _first(operands) == "install":
        actions.append(operands.pop(0))
    names = [word.text or "" for word in actions]
    names = [_ACTION_ALIASES.get(name, name) if tool in ("npm", "pnpm") else name for name in names]
    if tool in ("npm", "pnpm", "yarn"):
        # `npm ci .` is about the project itself, as `npm ci` is.
        operands = [word for word in operands if word.text not in (".", "./")]
    if tool == "apk" and names == ["add"]:
        names = ["install"]
    if tool in ("yum", "dnf") and names in (["group", "install"], ["groups", "install"]):
        names = ["groupinstall"]
    return Installer(
        command, tool, tool_word, " ".join(names), actions[-1] if actions else None, options, tuple(operands)
    )


def _first(words: list[ShellWord]) -> str | None:
    return words[0].text if words else None


def _is_python(program: str) -> bool:
    return program == "python" or (program.startswith("python") and program[6:].replace(".", "").isdigit())


def _tool(program: str) -> str | None:
    if program.startswith("pip") and (program == "pip" or program[3:].replace(".", "").isdigit()):
        return "pip"
    return program if program in VALUED else None
