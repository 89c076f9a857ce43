"""Simple commands, gathered over all shell texts inside each other."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from lambda_image_lint.dockerfile.shell import (
    ASSIGNING,
    Assignment,
    Command,
    Guard,
    Redirect,
    Shell,
    ShellVariable,
    ShellWord,
)
from lambda_image_lint.finding import Span

MAX_COMMANDS = 4_000
"""Commands of one instruction; own: 0.1 ms each."""

_OWN_NAMES = frozenset(
    [
        "BASH", "BASHPID", "BASH_SOURCE", "BASH_VERSION", "EUID", "FUNCNAME", "HOME", "HOSTNAME", "HOSTTYPE", "IFS",
        "LINENO", "MACHTYPE", "OLDPWD", "OPTARG", "OPTIND", "OSTYPE", "PATH", "PIPESTATUS", "PPID", "PWD", "RANDOM",
        "REPLY", "SECONDS", "SHELL", "SHLVL", "TERM", "UID", "USER", "_",
    ]
)  # fmt: skip
"""Set by the shell itself, or by Docker for every RUN. Source: bash(1); own: ``RUN env`` of a real build."""

_TESTS = frozenset(["[", "[[", "test", "command", "which", "type", "hash"])


class Scope(Struct, frozen=True):
    """What holds for the commands inside a node."""

    guards: tuple[Guard, ...] = ()
    wrappers: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    trailing: tuple[Redirect, ...] = ()
    """Those behind a chain or a pipeline: of its last member alone, though the grammar gives them to the whole."""
    in_subshell: bool = False
    in_substitution: bool = False
    background: bool = False
    pipeline_position: int = 0
    piped_from: Command | None = None
    depth: int = 0

    def guarded(self, guard: Guard) -> "Scope":
        return replace(self, guards=(*self.guards, guard))


class Gathered(Struct):
    """What the walk gathers, over all texts inside each other."""

    commands: list[Command] = field(default_factory=list)
    variables: list[ShellVariable] = field(default_factory=list)
    assigned: set[str] = field(default_factory=set)
    sourced: bool = False
    unparsed: str | None = None
    fault: Span | None = None
    operator: str | None = None

    def is_assigned(self, name: str) -> bool:
        return self.sourced or name in self.assigned or name in _OWN_NAMES or not (name[0].isalpha() or name[0] == "_")

    def shell(self) -> Shell:
        return Shell(tuple(self.commands), tuple(self.variables), self.unparsed, self.fault)

    def is_full(self) -> bool:
        """Whether no further command is taken; says so in `unparsed`."""
        if len(self.commands) >= MAX_COMMANDS:
            self.unparsed = f"the shell text has more than {MAX_COMMANDS:,} commands"
        return len(self.commands) >= MAX_COMMANDS

    def emit(self, words: Sequence[ShellWord], assignments: Sequence[Assignment], span: Span, scope: Scope) -> None:
        """A simple command, wrappers taken off."""
        if self.is_full():
            return
        name = words[0].text if words else None
        given = (*assignments, *_assigned_by_command(words))
        command = Command(
            name=name,
            words=tuple(words),
            assignments=given,
            redirects=scope.redirects,
            span=span,
            guards=scope.guards,
            wrappers=scope.wrappers,
            operator_before=self.operator,
            pipeline_position=scope.pipeline_position,
            piped_from=scope.piped_from,
            background=scope.background,
            in_subshell=scope.in_subshell,
            in_substitution=scope.in_substitution,
            index=len(self.commands),
        )
        self.commands.append(command)
        self.operator = ";"
        if not words or name in ASSIGNING:
            self.assigned.update(one.name for one in given)
        if name in (".", "source", "eval"):
            self.sourced = True


def is_test(commands: Sequence[Command]) -> bool:
    return bool(commands) and commands[-1].name in _TESTS


def assigned_by_word(word: ShellWord) -> Assignment:
    name = word.prefix.partition("=")[0]
    return Assignment(name, word.behind(len(name) + 1), word.span)


def _assigned_by_command(words: Sequence[ShellWord]) -> Iterator[Assignment]:
    """Names that ``read``, ``getopts`` and ``mapfile`` set."""
    name = words[0].text if words else None
    if name in ("read", "mapfile", "getopts"):
        for word in words[2:] if name == "getopts" else words[1:]:
            if word.text and word.text.isidentifier():
                yield Assignment(word.text, None, word.span)


def executed(words: Sequence[ShellWord]) -> Iterator[tuple[int, int]]:
    """The commands that ``find`` runs."""
    if not words or (words[0].text or "").rpartition("/")[2] != "find":
        return
    for position, word in enumerate(words):
        if word.text in ("-exec", "-execdir", "-ok", "-okdir"):
            end = next((at for at in range(position, len(words)) if words[at].text in (";", "+")), len(words))
            if end > position + 1:
                yield position + 1, end
