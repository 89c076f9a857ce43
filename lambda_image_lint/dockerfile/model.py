"""What a Dockerfile says: instructions with exact spans, stages, comments, and what is wrong with it.

Lines and columns count from 1 in code points; a byte order mark is not part of the text. What an instruction's
arguments mean is worked out when asked for, once.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from lambda_image_lint.answer import Answer
from lambda_image_lint.dockerfile.source import MappedText, Source
from lambda_image_lint.finding import Span, TextPlace

if TYPE_CHECKING:
    from lambda_image_lint.dockerfile.arguments import Arguments
    from lambda_image_lint.dockerfile.shell import Shell
    from lambda_image_lint.dockerfile.variables import Variables

KEYWORDS = frozenset(
    [
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK",
        "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    ]
)  # fmt: skip
"""Every instruction there is. Source: https://docs.docker.com/reference/dockerfile/, read 2026-11-23."""


class Form(StrEnum):
    """How a list of words is written."""

    EXEC = "exec"
    """A JSON array of strings."""
    SHELL = "shell"
    """Anything else; for CMD, ENTRYPOINT and RUN a line for a shell, for COPY and ADD words between blanks."""


class Word(Struct, frozen=True, dict=True):
    """A word of an instruction."""

    template: str
    """What `Variables.expand` takes: quotes and escapes still there, for they decide what is expanded."""
    escape: str | None
    """The escape character; None where `template` is the text already: JSON, or what only a shell reads."""
    line: MappedText
    bounds: tuple[int, int]
    """In the logical line, JSON's double quotes included."""
    start: int
    """Where the template begins in the logical line."""

    @cached_property
    def text(self) -> str:
        """Quotes and escapes removed, variables left as they stand."""
        from lambda_image_lint.dockerfile.expansion import unquoted

        return self.template if self.escape is None else unquoted(self.template, self.escape)

    @cached_property
    def span(self) -> Span:
        return self.line.span(*self.bounds)

    @property
    def raw(self) -> str:
        """As in the source, continuations included."""
        return self.line.raw(*self.bounds)


class Flag(Struct, frozen=True):
    """``--name=value`` before the arguments."""

    name: str
    """Without the dashes."""
    value: str | None
    """None: written without ``=``."""
    span: Span
    value_span: Span | None
    value_start: int | None = None
    """Bounds of the value in the logical line."""
    value_end: int | None = None


class Heredoc(Struct, frozen=True):
    """A here-document of RUN, COPY or ADD."""

    name: str
    """The end word, unquoted."""
    expand: bool
    """False: the end word was quoted, so variables in the body stay as they are."""
    strip_tabs: bool
    """Written ``<<-``."""
    body: str
    """Without the end word, lines end in ``\\n``; leading tabs stripped where `strip_tabs`."""
    span: Span
    """The body's lines and the end word's."""
    terminated: bool
    """False: the file ends before the end word."""
    mapped: MappedText
    """The body, with its place in the source."""


class Pair(Struct, frozen=True, dict=True):
    """``name=value`` of ENV, ARG or LABEL."""

    name: str
    value: str | None
    """Quotes and escapes removed, variables left; None: an ARG without a default."""
    raw_value: str | None
    """Quotes and escapes still there, continuations joined: what `Variables.expand` takes."""
    line: MappedText
    name_bounds: tuple[int, int]
    """In the logical line."""
    value_bounds: tuple[int, int] | None

    @cached_property
    def span(self) -> Span:
        return self.line.span(self.name_bounds[0], self.value_bounds[1] if self.value_bounds else self.name_bounds[1])

    @cached_property
    def name_span(self) -> Span:
        return self.line.span(*self.name_bounds)

    @cached_property
    def value_span(self) -> Span | None:
        return self.line.span(*self.value_bounds) if self.value_bounds else None


class Comment(Struct, frozen=True):
    """A comment line."""

    text: str
    """From the ``#`` on, without trailing blanks."""
    span: Span
    directive: bool
    """True: a parser directive (``# syntax=…``)."""
    inside: int | None
    """Index of the instruction whose continuation it interrupts."""


class Directive(Struct, frozen=True):
    """A parser directive at the top of the file."""

    name: str
    """Lower case."""
    value: str
    span: Span


class Checks(Struct, frozen=True):
    """What ``# check=`` asks of Docker's own linter."""

    skip: tuple[str, ...] = ()
    """Names of Docker's checks, as written; ``all`` for every one."""
    error: bool = False


class Problem(Struct, frozen=True):
    """Something that Docker refuses, or would read otherwise than it was meant."""

    kind: str
    """Stable, kebab-case: see `lambda_image_lint.dockerfile.problems`."""
    span: Span
    message: str
    hint: str = ""
    instruction_index: int | None = None
    lost_comment: bool = False
    """Of an unknown instruction: it reads like a comment that lost its ``#``."""


class Instruction(Struct, frozen=True, eq=False, dict=True):
    """One instruction."""

    index: int
    """Position in the file, from 0."""
    keyword: str
    """Upper case, whether Docker knows it or not."""
    stage: int | None
    """Index of the build stage; None before the first FROM."""
    prose: bool
    """True: reads like a sentence that lost its ``#``, though its first word is a keyword (``Copy function code``)."""
    heredocs: tuple[Heredoc, ...]
    blank_lines: tuple[int, ...]
    """Numbers of empty lines inside its continuations, which Docker warns of."""
    escape: str
    """The file's escape character."""
    shell_words: tuple[str, ...]
    """What runs its shell form: the SHELL in force, as far as the stage itself sets one, else ``/bin/sh -c``."""
    line: MappedText
    """The logical line: continuations joined, comments inside dropped, heredoc bodies not included."""
    bounds: tuple[int, int]
    """Offsets in the source, heredocs included."""
    keyword_bounds: tuple[int, int]
    """Positions in the logical line."""
    end: int
    """Where in the logical line its text ends, trailing blanks left out."""
    oversized: bool = False
    """True: longer than any hand writes; its arguments and heredocs are not read."""

    @property
    def known(self) -> bool:
        """Whether it is an instruction indeed: neither an unknown word nor prose."""
        return self.keyword in KEYWORDS and not self.prose

    @cached_property
    def span(self) -> Span:
        """From the keyword to the end of the last line; heredoc bodies and end words belong to it."""
        return self.line.source.span(*self.bounds)

    @cached_property
    def keyword_span(self) -> Span:
        return self.line.span(*self.keyword_bounds)

    @property
    def raw(self) -> str:
        """The source text of `span`."""
        return self.line.source.text[self.bounds[0] : self.bounds[1]]

    @property
    def place(self) -> TextPlace:
        """Where a finding on it stands."""
        return TextPlace(self.span, None, self.stage)

    def at(self, span: Span) -> TextPlace:
        """A place inside it."""
        return TextPlace(span, None, self.stage)

    @cached_property
    def arguments(self) -> "Arguments":
        """Everything behind the keyword, taken apart."""
        from lambda_image_lint.dockerfile.arguments import read_arguments

        return read_arguments(self)

    @property
    def flags(self) -> tuple[Flag, ...]:
        return self.arguments.flags

    def flag(self, name: str) -> Flag | None:
        """The last flag of that name, dashes left out."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)

    @property
    def value(self) -> str:
        """The logical line behind keyword and flags."""
        return self.line.text[self.arguments.start : self.end]

    @property
    def value_span(self) -> Span:
        """Where `value` stands in the source."""
        return self.line.span(self.arguments.start, self.end)

    @property
    def form(self) -> Form | None:
        """Of CMD, ENTRYPOINT, RUN, SHELL, VOLUME, COPY, ADD; None for the others (ask HEALTHCHECK's `inner`)."""
        return self.arguments.form

    @property
    def words(self) -> tuple[Word, ...]:
        """Exec form: its strings. COPY, ADD, FROM, EXPOSE, VOLUME …: what stands between blanks. USER, WORKDIR,
        STOPSIGNAL, MAINTAINER: one word, blanks and all. CMD, ENTRYPOINT, RUN in shell form: one word, the line."""
        return self.arguments.words

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Of ENV, ARG and LABEL."""
        return self.arguments.pairs

    @property
    def inner(self) -> "Instruction | None":
        """The instruction inside ONBUILD, the CMD inside HEALTHCHECK."""
        return self.arguments.inner

    @property
    def sources(self) -> tuple[Word, ...]:
        """Of COPY and ADD; a heredoc among them is written ``<<EOF``."""
        return self.words[:-1] if self.keyword in ("COPY", "ADD") else ()

    @property
    def destination(self) -> Word | None:
        """Of COPY and ADD."""
        return self.words[-1] if self.keyword in ("COPY", "ADD") and len(self.words) > 1 else None

    @cached_property
    def shell(self) -> "Shell":
        """The shell that RUN, CMD, ENTRYPOINT or HEALTHCHECK CMD runs, heredocs and ``sh -c`` included; empty where
        no POSIX shell reads it, with the reason in `Shell.unparsed`."""
        from lambda_image_lint.dockerfile.shell import shell_of

        return shell_of(self)


class Stage(Struct, frozen=True, eq=False):
    """A build stage."""

    index: int
    name: str | None
    """As written after AS."""
    from_instruction: Instruction
    base: str
    """As written; empty where FROM names none."""
    base_resolved: Answer[str]
    """After the defaults of global ARGs and the build arguments given."""
    base_stage: int | None
    """Index of the stage of this file that it stands on."""
    platform: Answer[str | None]
    """Of ``--platform``, resolved; None without the flag."""
    instructions: tuple[Instruction, ...]
    """From FROM on, without unknown ones and prose."""
    span: Span

    @property
    def place(self) -> TextPlace:
        """Its FROM."""
        return self.from_instruction.place

    def all(self, *keywords: str) -> Iterator[Instruction]:
        """Its instructions with one of these keywords, in order."""
        return (instruction for instruction in self.instructions if instruction.keyword in keywords)


class Dockerfile(Struct, frozen=True, eq=False, dict=True):
    """A Dockerfile, right or wrong."""

    path: str
    source: Source
    bom: bool
    """A byte order mark stands before `text`."""
    directives: tuple[Directive, ...]
    escape: str
    """``\\`` or a backtick."""
    comments: tuple[Comment, ...]
    instructions: tuple[Instruction, ...]
    """In file order, unknown ones and prose included."""
    stages: tuple[Stage, ...]
    final: Stage | None
    """What the build yields: the target, else the last stage; None without any, or where the target is not there."""
    build_args: dict[str, str]
    """Given on the command line."""
    early_problems: tuple[Problem, ...]
    """Found while reading lines; `problems` has these and the others."""

    @property
    def text(self) -> str:
        """Decoded; bytes that are not UTF-8 are kept as lone surrogates (``surrogateescape``)."""
        return self.source.text

    @cached_property
    def newline(self) -> str:
        """What ends the first line."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    @property
    def syntax(self) -> str | None:
        """Of ``# syntax=``."""
        return next((directive.value for directive in self.directives if directive.name == "syntax"), None)

    @cached_property
    def checks(self) -> Checks:
        """Of ``# check=``."""
        from lambda_image_lint.dockerfile.logical import read_checks

        return read_checks(next((one.value for one in self.directives if one.name == "check"), ""))

    @cached_property
    def variables(self) -> "Variables":
        """The values of variables, with the ENV of the base images that the tables know."""
        from lambda_image_lint.dockerfile.variables import Variables, known_environment

        return Variables(self, known_environment)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """In file order."""
        from lambda_image_lint.dockerfile.problems import find_problems

        return tuple(sorted((*self.early_problems, *find_problems(self)), key=lambda problem: problem.span))

    def all(self, *keywords: str) -> Iterator[Instruction]:
        """Instructions with one of these keywords, in file order, prose left out."""
        return (one for one in self.instructions if one.keyword in keywords and not one.prose)

    def stage_chain(self, stage: Stage) -> tuple[Stage, ...]:
        """The stages that `stage` stands on, base first, itself last."""
        chain = [stage]
        while chain[-1].base_stage is not None:
            chain.append(self.stages[chain[-1].base_stage])
        return tuple(reversed(chain))

    @cached_property
    def _needed(self) -> tuple[Stage, ...]:
        from lambda_image_lint.dockerfile.stages import needed_stages

        return needed_stages(self)

    def needed_stages(self) -> tuple[Stage, ...]:
        """Those that the final stage is made from, itself included, in file order: others are never built."""
        return self._needed

    def span_text(self, span: Span) -> str:
        """The text that a span covers."""
        return self.source.span_text(span)

    def line_text(self, number: int) -> str:
        """Line `number`, from 1, without its newline."""
        return self.source.line(number)
