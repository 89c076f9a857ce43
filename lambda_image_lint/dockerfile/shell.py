"""The shell inside RUN, and entry scripts: which commands run, with which words, in which order, guarded by what.

Read by a real grammar (tree-sitter-bash), which is loaded when the first shell text is read.
"""

from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.expansion import expand
from lambda_image_lint.dockerfile.model import Instruction
from lambda_image_lint.dockerfile.source import MappedText, Source
from lambda_image_lint.finding import Span

if TYPE_CHECKING:
    from lambda_image_lint.dockerfile.installers import Installer

Lookup = Callable[[str], Answer[str | None]]
"""The value of a variable; None: it is not set."""


class ShellVariable(Struct, frozen=True):
    """A variable in shell text."""

    name: str
    span: Span
    """From the ``$`` on."""
    raw: str
    """``$X`` or ``${X:-y}``."""
    modifier: str
    """What stands behind the name in braces: ``:-``, ``#``, …; empty without."""
    quoted: bool
    """Between double quotes."""
    assigned: bool
    """The shell sets it itself, or may do so: an assignment, ``for``, ``read``, a sourced file; ``$?`` and the like."""


class Opaque(Struct, frozen=True):
    """A part of a word whose value only a run would tell: ``$(…)``, arithmetic, braces."""

    raw: str


Part = str | ShellVariable | Opaque


class ShellWord(Struct, frozen=True):
    """A word of a command."""

    parts: tuple[Part, ...]
    """Texts without quotes, and what is put in for them."""
    raw: str
    """As in the source, continuations included."""
    span: Span
    glob: bool
    """Holds an unquoted ``*``, ``?`` or ``[``."""
    mapped: MappedText
    bounds: tuple[int, int]
    """Where in `mapped` it stands."""

    @property
    def text(self) -> str | None:
        """Its value, where nothing is put in."""
        # Most words are one piece.
        if len(self.parts) == 1:
            part = self.parts[0]
            return part if isinstance(part, str) else None
        return "".join(part for part in self.parts if isinstance(part, str)) if self.is_static else None

    @property
    def is_static(self) -> bool:
        return all(isinstance(part, str) for part in self.parts)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables in it."""
        return tuple(part.name for part in self.parts if isinstance(part, ShellVariable))

    @property
    def prefix(self) -> str:
        """The text before the first thing put in."""
        if len(self.parts) == 1:
            part = self.parts[0]
            return part if isinstance(part, str) else ""
        first = next((index for index, part in enumerate(self.parts) if not isinstance(part, str)), len(self.parts))
        return "".join(part for part in self.parts[:first] if isinstance(part, str))

    def expand(self, lookup: Lookup) -> Answer[str]:
        """Its value with variables put in; an unset one is empty. See also `Shell.expand`."""
        texts = []
        for part in self.parts:
            if isinstance(part, Opaque):
                return Unknown(f"{part.raw} is known only when it runs")
            value = part if isinstance(part, str) else expand(part.raw, lookup)
            if isinstance(value, Unknown):
                return value
            texts.append(value)
        return "".join(texts)

    def behind(self, count: int) -> "ShellWord":
        """The word without the first `count` characters of `prefix`: the value of ``--option=value``."""
        parts, left = list(self.parts), count
        while left and parts and isinstance(parts[0], str):
            taken = min(left, len(parts[0]))
            parts[0], left = parts[0][taken:], left - taken
            if not parts[0]:
                parts.pop(0)
        # Where quotes stand in the prefix, the span begins a little early.
        start = min(self.bounds[0] + count, self.bounds[1])
        bounds = (start, self.bounds[1])
        return ShellWord(
            tuple(parts), self.mapped.raw(*bounds), self.mapped.span(*bounds), self.glob, self.mapped, bounds
        )


class Assignment(Struct, frozen=True):
    """``name=value``."""

    name: str
    value: ShellWord | None
    """None: declared without a value, or set by a command that computes it (``read``, ``for``)."""
    span: Span


class Redirect(Struct, frozen=True):
    """``> file`` and its kin."""

    operator: str
    """``>``, ``>>``, ``<``, ``>&``, ``<<``, ``<<<`` …"""
    descriptor: int | None
    """Written before the operator."""
    target: ShellWord | None
    """None for a heredoc."""
    heredoc: str | None
    """The body of a heredoc, tabs stripped."""
    span: Span


class Guard(Struct, frozen=True):
    """A condition under which a command runs at all."""

    kind: str
    """``if``, ``while``, ``until``, ``for``, ``case``, ``and`` (behind a test and ``&&``), ``or`` (behind ``||``),
    ``function`` (in a function's body)."""
    condition: "tuple[Command, ...]"
    """The commands whose outcome decides; empty for ``for``, ``case`` and ``function``."""
    negated: bool
    """It runs where the condition fails: ``else``, ``||``, ``until``, ``! test``."""

    def tests_for(self, program: str) -> bool:
        """Whether it asks if a program is there: ``command -v yum``, ``which yum``, ``[ -x /usr/bin/yum ]``."""
        for command in self.condition:
            texts = [word.text or "" for word in command.words]
            if command.name in ("command", "which", "type", "hash") and program in texts[1:]:
                return True
            if command.name in ("[", "[[", "test") and any(text.rpartition("/")[2] == program for text in texts[1:]):
                return True
        return False


class Option(Struct, frozen=True):
    """An option of a command."""

    name: str
    """``--target``, ``-t``."""
    value: ShellWord | None
    word: ShellWord
    """The word that it stands in."""


class Command(Struct, frozen=True, eq=False):
    """A simple command, wrappers such as ``sudo`` and ``env`` taken off."""

    name: str | None
    """The program as written; None for a bare assignment, or where a variable names it."""
    words: tuple[ShellWord, ...]
    """The program's word first."""
    assignments: tuple[Assignment, ...]
    """In front of it, or the whole of it."""
    redirects: tuple[Redirect, ...]
    span: Span
    guards: tuple[Guard, ...]
    """Outermost first; empty: it runs whenever what stands before it succeeds."""
    wrappers: tuple[str, ...]
    """What was taken off: ``sudo``, ``xargs``, ``sh`` for ``sh -c``, …; outermost first."""
    operator_before: str | None
    """``&&``, ``||``, ``;``, ``|``, ``&``; None for the first command."""
    pipeline_position: int
    """0 for the first of a pipeline, or alone."""
    piped_from: "Command | None"
    """The command whose output it reads."""
    background: bool
    in_subshell: bool
    """In ``( )``, ``$( )`` or a pipeline: what it assigns is lost, and so is its directory."""
    in_substitution: bool
    """In ``$( )`` or ``<( )``: its output becomes part of a word."""
    index: int
    """Position in `Shell.commands`."""

    @property
    def program(self) -> str | None:
        """The name without its folder."""
        return None if self.name is None else self.name.rpartition("/")[2]

    @property
    def arguments(self) -> tuple[ShellWord, ...]:
        """The words behind the program's."""
        return self.words[1:]

    @property
    def is_certain(self) -> bool:
        """Nothing guards it."""
        return not self.guards

    def guarded_by(self, program: str) -> bool:
        """Whether it runs only where a test found `program`, or only where it did not."""
        return any(guard.tests_for(program) for guard in self.guards)

    def parsed_options(self, with_values: Collection[str] = ()) -> "tuple[tuple[Option, ...], tuple[ShellWord, ...]]":
        """Options and positional words. `with_values` names the options that take the next word: ``-t``, ``--target``.

        Short ones may be joined (``-qy``), and joined with their value (``-t/opt``); ``--`` ends them.
        """
        options: list[Option] = []
        positionals: list[ShellWord] = []
        words = list(self.arguments)
        while words:
            word = words.pop(0)
            prefix = word.prefix
            if word.text == "--":
                positionals.extend(words)
                break
            if len(prefix) < 2 or prefix[0] != "-":
                positionals.append(word)
            elif prefix.startswith("--") or not prefix[1].isalpha() or prefix in with_values:
                options.append(_long_option(word, prefix, words, with_values))
            else:
                options.extend(_short_options(word, prefix, words, with_values))
        return tuple(options), tuple(positionals)

    def has_flag(self, *names: str, with_values: Collection[str] = ()) -> bool:
        """Whether one of these options is given."""
        return any(option.name in names for option in self.parsed_options((*with_values,))[0])

    def option(self, *names: str, with_values: Collection[str] = ()) -> Option | None:
        """The last of these options, which take a value."""
        options, _ = self.parsed_options((*with_values, *names))
        return next((option for option in reversed(options) if option.name in names), None)

    def option_value(self, *names: str, with_values: Collection[str] = ()) -> ShellWord | None:
        """The value of the last of these options."""
        found = self.option(*names, with_values=with_values)
        return found.value if found else None

    def positionals(self, with_values: Collection[str] = ()) -> tuple[ShellWord, ...]:
        """The words that are neither options nor their values."""
        return self.parsed_options(with_values)[1]


def _long_option(word: ShellWord, prefix: str, words: list[ShellWord], with_values: Collection[str]) -> Option:
    name, equals, _ = prefix.partition("=")
    if equals:
        return Option(name, word.behind(len(name) + 1), word)
    value = words.pop(0) if name in with_values and words else None
    return Option(name, value, word)


def _short_options(
    word: ShellWord, prefix: str, words: list[ShellWord], with_values: Collection[str]
) -> Iterator[Option]:
    if prefix.partition("=")[0] in with_values:
        yield _long_option(word, prefix, words, with_values)
        return
    for position, letter in enumerate(prefix[1:], 1):
        name = f"-{letter}"
        if name not in with_values:
            yield Option(name, None, word)
            continue
        attached = position + 1 < len(prefix) or not word.is_static
        value = word.behind(position + 1) if attached else words.pop(0) if words else None
        yield Option(name, value, word)
        return


class Shell(Struct, frozen=True, dict=True):
    """A piece of shell text, read."""

    commands: tuple[Command, ...] = ()
    """In the order in which they are written; those inside ``$( )`` before the command that uses them."""
    variables: tuple[ShellVariable, ...] = ()
    """Every variable in it, in order."""
    unparsed: str | None = None
    """Why some or all of it was not read: ``powershell is no POSIX shell``; None: all was."""
    fault: Span | None = None
    """Where the grammar does not understand it; what stands around it was read all the same."""

    def __iter__(self) -> Iterator[Command]:
        return iter(self.commands)

    def named(self, *programs: str) -> Iterator[Command]:
        """The commands that run one of these programs, whatever folder they name."""
        return (command for command in self.commands if command.program in programs)

    def before(self, command: Command) -> tuple[Command, ...]:
        """What is written before a command."""
        return self.commands[: command.index]

    @cached_property
    def installers(self) -> "tuple[Installer, ...]":
        """The installers that it calls, in order."""
        from lambda_image_lint.dockerfile.installers import installer

        return tuple(found for command in self.commands if (found := installer(command)) is not None)

    @cached_property
    def _assignments(self) -> dict[str, list[tuple[Command, Assignment]]]:
        found: dict[str, list[tuple[Command, Assignment]]] = {}
        for command in self.commands:
            # In front of a program it holds for that program alone.
            if command.name is None or command.name in ASSIGNING:
                for one in command.assignments:
                    found.setdefault(one.name, []).append((command, one))
        return found

    def value(self, name: str, command: Command, lookup: Lookup) -> Answer[str | None]:
        """The value of a variable at a command: what the shell text assigned before, else what `lookup` says."""
        written = [pair for pair in self._assignments.get(name, ()) if pair[0].index < command.index]
        if not written:
            return self._outer(name, command, lookup)
        where, assignment = written[-1]
        if assignment.value is None or where.guards or where.in_subshell:
            return Unknown(f"{name} is set while the shell runs")
        return self.expand(assignment.value, where, lookup)

    def _outer(self, name: str, command: Command, lookup: Lookup) -> Answer[str | None]:
        value = lookup(name)
        if value is None and (name in self._set_while_running or any(self._sourcing(command))):
            return Unknown(f"{name} is set while the shell runs")
        return value

    @cached_property
    def _set_while_running(self) -> frozenset[str]:
        return frozenset(variable.name for variable in self.variables if variable.assigned)

    def _sourcing(self, command: Command) -> Iterator[bool]:
        return (one.name in (".", "source", "eval") for one in self.commands[: command.index])

    def expand(self, word: ShellWord, command: Command, lookup: Lookup) -> Answer[str]:
        """A word of a command with variables put in, those that the shell text assigns itself included."""
        return word.expand(lambda name: self.value(name, command, lookup))


ASSIGNING = frozenset(["export", "declare", "typeset", "local", "readonly", "read", "for", "getopts", "mapfile"])
"""Commands whose assignments last."""


def shell_of(instruction: Instruction) -> Shell:
    """What `Instruction.shell` gives."""
    from lambda_image_lint.dockerfile.shell_source import read_instruction

    return read_instruction(instruction)


def parse_script(text: str) -> Shell:
    """A script, such as an entry script in an image; spans are the script's own."""
    from lambda_image_lint.dockerfile.shell_reader import read_shell

    return read_shell(MappedText(Source(text), [(0, text)]))


def is_shell(program: str) -> bool:
    """Whether a program, with or without its folder, reads the language of POSIX shells."""
    return program.rpartition("/")[2].removesuffix(".exe") in SHELLS


SHELLS = frozenset(["sh", "bash", "ash", "dash", "ksh", "zsh"])
