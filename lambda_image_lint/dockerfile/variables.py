"""Which value a variable has at an instruction, and what a text is once Docker has put values in."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.expansion import Template, expand, read_template
from lambda_image_lint.dockerfile.model import Dockerfile, Heredoc, Instruction, Pair, Stage
from lambda_image_lint.dockerfile.source import MappedText
from lambda_image_lint.finding import Span
from lambda_image_lint.knowledge import base_environment

BaseEnvironment = Callable[[str], Mapping[str, Answer[str]] | None]
"""The ENV of an image, by reference; None: not known, so any variable may be set."""


def known_environment(reference: str) -> Mapping[str, Answer[str]] | None:
    """What the tables know of a base image's ENV; a value that differs from tag to tag is Unknown."""
    found = base_environment(reference)
    if found is None:
        return None
    unknown = Unknown(f"what {reference} sets it to differs from tag to tag")
    return {name: unknown if value is None else value for name, value in found.items()}


PLATFORM_ARGS = frozenset(
    [
        "BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT",
        "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE",
    ]
)  # fmt: skip
"""Set by BuildKit; FROM sees them, a stage must declare them. Source: the Dockerfile reference, read 2026-11-23."""

PREDEFINED_ARGS = frozenset(
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
    for name in (upper, upper.lower())
)
"""Usable without ARG. Source: the Dockerfile reference, read 2026-11-23."""

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What BuildKit sets where nothing sets PATH on Linux. Source: its package util/system, read 2026-11-23."""

EXPANDED = frozenset(
    ["ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"]
)
"""Instructions in whose arguments Docker puts values. Source: the Dockerfile reference, read 2026-11-23."""


class VariableUse(Struct, frozen=True):
    """A variable that Docker itself expands."""

    name: str
    span: Span
    """From the ``$`` to the closing brace."""
    modifier: str
    """``:-`` and the like; empty without."""
    quoted: bool
    """Between double quotes."""


class GlobalScope:
    """The ARGs before the first FROM, which FROM lines see."""

    def __init__(self, instructions: Iterable[Instruction], build_args: Mapping[str, str]) -> None:
        self._build_args = build_args
        self._values: dict[str, Answer[str | None]] = {}
        for instruction in instructions:
            if instruction.stage is not None:
                break
            for pair in instruction.pairs if instruction.keyword == "ARG" else ():
                self._values[pair.name] = self._declared(pair, instruction)

    def _declared(self, pair: Pair, instruction: Instruction) -> Answer[str | None]:
        if pair.name in self._build_args:
            return self._build_args[pair.name]
        if pair.raw_value is not None:
            return expand(pair.raw_value, self.value, instruction.escape)
        return Unknown(f"ARG {pair.name} has no default", instruction.at(pair.span))

    def declares(self, name: str) -> bool:
        """Whether an ARG before the first FROM names it."""
        return name in self._values

    def value(self, name: str) -> Answer[str | None]:
        """None: no ARG declares it."""
        if name in PLATFORM_ARGS and name not in self._values:
            return self._build_args.get(name) or Unknown(f"{name} is the builder's")
        return self._values.get(name)

    def expand(self, template: str, instruction: Instruction) -> Answer[str]:
        """A template on a FROM line with values put in."""
        return expand(template, self.value, instruction.escape)


class Variables:
    """The values of variables at each instruction of a Dockerfile.

    ENV goes before ARG, whatever the order. On a base whose ENV is not known, a variable that the file declares has
    the file's value, any other is Unknown.
    """

    def __init__(
        self,
        dockerfile: Dockerfile,
        base_env: BaseEnvironment | None = None,
        build_args: Mapping[str, str] | None = None,
    ) -> None:
        self._dockerfile = dockerfile
        self._base_env = base_env or (lambda _: None)
        self._build_args = dockerfile.build_args if build_args is None else build_args
        self._global = GlobalScope(dockerfile.instructions, self._build_args)
        self._scopes: dict[int, _StageScope] = {}

    def value(self, name: str, instruction: Instruction) -> Answer[str | None]:
        """What Docker puts for ``$name`` in `instruction`; None: certainly not set."""
        if instruction.stage is None or instruction.keyword == "FROM":
            return self._global.value(name)
        return self._scope(instruction.stage).value(name, instruction.index)

    def is_declared_early(self, name: str) -> bool:
        """Whether an ARG before the first FROM names it: only FROM lines see that, and stages that repeat it."""
        return self._global.declares(name)

    def expand(self, template: str, instruction: Instruction) -> Answer[str]:
        """`Word.template`, `Pair.raw_value` or a flag's value as Docker reads it in `instruction`."""
        return expand(template, lambda name: self.value(name, instruction), instruction.escape)

    def heredoc(self, heredoc: Heredoc, instruction: Instruction) -> Answer[str]:
        """The file that a heredoc of COPY or ADD makes."""
        if not heredoc.expand:
            return heredoc.body
        return expand(heredoc.body, lambda name: self.value(name, instruction), instruction.escape, quotes=False)

    def environment(self, stage: Stage) -> dict[str, Answer[str]]:
        """The ENV that the image of a stage has, as far as known: its own, that of its base stages and base image."""
        return self._scope(stage.index).final_environment()

    def environment_complete(self, stage: Stage) -> Answer[bool]:
        """True, or Unknown where the base image may set more variables than `environment` tells."""
        return self._scope(stage.index).complete()

    def uses(self, instruction: Instruction) -> tuple[VariableUse, ...]:
        """The variables that Docker expands in an instruction, in order. RUN, CMD and ENTRYPOINT leave theirs to the
        shell: see `Instruction.shell`."""
        return tuple(_uses(instruction))

    def _scope(self, index: int) -> "_StageScope":
        # Base first and in a loop: a file can chain more stages than Python can nest calls.
        missing: list[Stage] = []
        wanted: int | None = index
        while wanted is not None and wanted not in self._scopes:
            missing.append(self._dockerfile.stages[wanted])
            wanted = missing[-1].base_stage
        for stage in reversed(missing):
            below = None if stage.base_stage is None else self._scopes[stage.base_stage]
            base = self._base_environment(stage)
            self._scopes[stage.index] = _StageScope(stage, below, base, self._global, self._build_args)
        return self._scopes[index]

    def _base_environment(self, stage: Stage) -> Answer[Mapping[str, Answer[str]]]:
        if stage.base_stage is not None:
            return {}
        reference = stage.base_resolved
        if isinstance(reference, Unknown):
            return Unknown(f"the base is not known: {reference.reason}", stage.place)
        if reference == "scratch":
            return {}
        known = self._base_env(reference)
        return Unknown(f"what {reference} sets is not known", stage.place) if known is None else known


class _StageScope:
    """The history of each variable in a stage."""

    def __init__(
        self,
        stage: Stage,
        below: "_StageScope | None",
        base: Answer[Mapping[str, Answer[str]]],
        outer: GlobalScope,
        build_args: Mapping[str, str],
    ) -> None:
        self._base: Answer[Mapping[str, Answer[str]]] = below._base if below else base
        self._below = below
        self._outer = outer
        self._build_args = build_args
        self._env: dict[str, _History] = {}
        self._args: dict[str, _History] = {}
        for instruction in stage.instructions:
            if instruction.keyword == "ENV":
                self._read_env(instruction)
            elif instruction.keyword == "ARG":
                self._read_arg(instruction)

    def _read_env(self, instruction: Instruction) -> None:
        # All values of one ENV are taken from before it.
        values = [(pair.name, self._expanded(pair.raw_value or "", instruction)) for pair in instruction.pairs]
        for name, value in values:
            self._env.setdefault(name, _History()).add(instruction.index, value)

    def _read_arg(self, instruction: Instruction) -> None:
        for pair in instruction.pairs:
            value = self._argument(pair, instruction)
            self._args.setdefault(pair.name, _History()).add(instruction.index, value)

    def _argument(self, pair: Pair, instruction: Instruction) -> Answer[str | None]:
        if pair.name in self._build_args:
            return self._build_args[pair.name]
        if pair.raw_value is not None:
            return self._expanded(pair.raw_value, instruction)
        if self._outer.declares(pair.name) or pair.name in PLATFORM_ARGS:
            return self._outer.value(pair.name)
        return Unknown(f"ARG {pair.name} has no default", instruction.at(pair.span))

    def _expanded(self, template: str, instruction: Instruction) -> Answer[str]:
        return expand(template, lambda name: self.value(name, instruction.index), instruction.escape)

    def value(self, name: str, index: int) -> Answer[str | None]:
        """At the instruction with that index in the file."""
        if (assigned := self._env.get(name)) and (found := assigned.before(index)) is not None:
            return found
        for below in self._stages_below():
            if name in below._env:
                return below._env[name].last()
        if not isinstance(self._base, Unknown) and name in self._base:
            return self._base[name]
        if (declared := self._args.get(name)) and (found := declared.before(index)) is not None:
            return found
        if any(name in scope._args for scope in self._stages_below()):
            # Source: https://docs.docker.com/build/building/variables/#scoping and, of the other builder, our own builds.
            return Unknown(
                f"BuildKit hands ARG {name} on to a stage that is FROM its stage, the classic builder does not"
            )
        if name in PREDEFINED_ARGS:
            return self._build_args.get(name) or Unknown(f"{name} may be given to the build")
        if isinstance(self._base, Unknown):
            return self._base
        return DEFAULT_PATH if name == "PATH" else None

    def _stages_below(self) -> "Iterator[_StageScope]":
        """The stages that this one is FROM, nearest first."""
        below = self._below
        while below is not None:
            yield below
            below = below._below

    def final_environment(self) -> dict[str, Answer[str]]:
        """ENV at the end of the stage."""
        found: dict[str, Answer[str]] = {} if isinstance(self._base, Unknown) else dict(self._base)
        chain = [self]
        while chain[-1]._below is not None:
            chain.append(chain[-1]._below)
        for scope in reversed(chain):
            found.update((name, history.last()) for name, history in scope._env.items())
        return found

    def complete(self) -> Answer[bool]:
        return self._base if isinstance(self._base, Unknown) else True


class _History:
    """The values that one name takes, by the instruction that gives them."""

    def __init__(self) -> None:
        self._indices: list[int] = []
        self._values: list[Answer[str | None]] = []

    def add(self, index: int, value: Answer[str | None]) -> None:
        self._indices.append(index)
        self._values.append(value)

    def before(self, index: int) -> Answer[str | None]:
        """The value in force at an instruction; None: nothing gave one yet."""
        position = bisect_left(self._indices, index)
        return self._values[position - 1] if position else None

    def last(self) -> Answer[str]:
        value = self._values[-1]
        return "" if value is None else value


def templates(instruction: Instruction) -> Iterator[tuple[Template, MappedText, int, Span | None]]:
    """What Docker expands in an instruction: the template, the text it begins in, where, and, where that text differs
    from the template (JSON with escapes), the span that stands for all of it."""
    escape, line = instruction.escape, instruction.line
    for flag in instruction.flags if instruction.keyword in (*EXPANDED, "RUN") else ():
        if flag.value_start is not None and flag.value and "$" in flag.value:
            raw = line.text[flag.value_start : flag.value_end]
            yield read_template(raw, escape), line, flag.value_start, None
    if instruction.keyword not in EXPANDED:
        return
    for word in instruction.words:
        if "$" in word.template or _quoted(word.template, escape):
            moved = line.text[word.start : word.start + len(word.template)] != word.template
            yield read_template(word.template, escape), line, word.start, word.span if moved else None
    for pair in instruction.pairs:
        value, bounds = pair.raw_value, pair.value_bounds
        if value is not None and bounds is not None and ("$" in value or _quoted(value, escape)):
            yield read_template(value, escape), line, bounds[0], None
    for heredoc in instruction.heredocs:
        if heredoc.expand and "$" in heredoc.body:
            yield read_template(heredoc.body, escape, quotes=False), heredoc.mapped, 0, None


def _quoted(text: str, escape: str) -> bool:
    return "'" in text or '"' in text or escape in text


def _uses(instruction: Instruction) -> Iterator[VariableUse]:
    for template, text, start, whole in templates(instruction):
        for one in template.references():
            span = whole or text.span(start + one.start, start + one.end)
            yield VariableUse(one.name, span, one.modifier, one.quoted)
