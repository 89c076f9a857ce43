"""A rule: one function that yields findings; what it needs is read off its annotations."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args

from lambda_image_lint.answer import Unknown
from lambda_image_lint.engine.facts import FACTS, Cost
from lambda_image_lint.errors import RuleLoadError
from lambda_image_lint.finding import Finding, Severity

Said = Finding | Unknown
"""What a check yields: a fault, or why it could not decide."""

Check = Callable[..., Iterator[Said]]

_EVIDENCE = {
    "Dockerfile": "D", "Context": "D", "Manifest": "I", "Config": "I", "Layers": "F", "FileTree": "F", "Function": "DIF",
}  # fmt: skip


class Rule:
    """A check with its identity. Built by `rule`, never by hand."""

    def __init__(
        self,
        id: str,
        severity: Severity,
        check: Check,
        *,
        sources: tuple[str, ...],
        help: str,
        aliases: tuple[str, ...],
        opt_in: bool,
    ) -> None:
        self.id = id
        self.severity = severity
        self.check = check
        self.sources = sources
        """URLs, or ``own: …`` for what the project itself measured."""
        self.help = help
        """What to do about a finding that brings no help of its own."""
        self.aliases = aliases
        """Ids of hadolint and BuildKit for the same fault: their pragmas are honoured for this rule."""
        self.opt_in = opt_in
        """True: runs only when selected by its id or name."""
        self.file = Path(check.__code__.co_filename)

    def __repr__(self) -> str:
        return f"<Rule {self.id} {self.name}>"

    @cached_property
    def name(self) -> str:
        """``shell_form_entrypoint`` → ``shell-form-entrypoint``."""
        return self.check.__name__.replace("_", "-")

    @cached_property
    def group(self) -> str:
        """The folder it lies in."""
        return self.file.parent.name

    @property
    def page(self) -> Path:
        """The manual page beside it."""
        return self.file.with_suffix(".md")

    @cached_property
    def summary(self) -> str:
        """First line of the docstring."""
        return (self.check.__doc__ or "").strip().partition("\n")[0]

    @cached_property
    def needs(self) -> dict[str, tuple[type, bool]]:
        """Parameter → (fact, required). ``X | None`` is useful, not needed."""
        needs: dict[str, tuple[type, bool]] = {}
        code = self.check.__code__
        for parameter in code.co_varnames[: code.co_argcount]:
            annotation: Any = self.check.__annotations__.get(parameter)
            required = True
            if isinstance(annotation, UnionType) and NoneType in get_args(annotation):
                (annotation,) = (member for member in get_args(annotation) if member is not NoneType)
                required = False
            if annotation not in FACTS:
                raise RuleLoadError(
                    f"rule {self.id} ({self.file}) asks for {parameter}: {annotation!r}, which is no fact",
                    f"Annotate it with one of {', '.join(sorted(fact.__name__ for fact in FACTS))}",
                )
            needs[parameter] = (annotation, required)
        return needs

    @cached_property
    def cost(self) -> Cost:
        """That of its dearest need, useful ones included: where a subject has them, they are loaded."""
        return max((FACTS[fact] for fact, _ in self.needs.values()), default=Cost.TEXT)

    @cached_property
    def evidence(self) -> str:
        """Letters of `D` Dockerfile, `I` image config or manifest, `F` image files."""
        if any(required and _EVIDENCE.get(fact.__name__) == "D" for fact, required in self.needs.values()):
            return "D"
        letters = {letter for fact, _ in self.needs.values() for letter in _EVIDENCE.get(fact.__name__, "")}
        return "·".join(letter for letter in "DIF" if letter in letters)


def rule(
    id: str,
    severity: Severity,
    *,
    sources: tuple[str, ...],
    help: str = "",
    aliases: tuple[str, ...] = (),
    opt_in: bool = False,
) -> Callable[[Check], Rule]:
    """Declare a rule. The function's name is the rule's name, its folder the group, its annotations the needs.

    `sources` are the facts' homes: at least one. `help` says what to do, where a finding says nothing better. `aliases`
    are the ids of hadolint and BuildKit for the same fault.
    """

    def declare(check: Check) -> Rule:
        return Rule(id, severity, check, sources=sources, help=help, aliases=aliases, opt_in=opt_in)

    return declare
