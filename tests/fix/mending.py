"""Dockerfiles mended by every rule, as `check --fix --unsafe-fixes` does it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.engine import selection
from lambda_image_lint.engine.mend import Texts, mend
from lambda_image_lint.engine.page import Case
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.engine.run import Outcome, lint
from lambda_image_lint.finding import Applicability
from lambda_image_lint.settings import Settings, load
from lambda_image_lint.subjects import dockerfile_subject
from tests.pages import cases, rules


@dataclass(frozen=True)
class Mending:
    """A Dockerfile before and after."""

    before: str
    after: str
    found: Outcome
    """In the text before."""
    left: Outcome
    """In the text after."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The build context after."""

    @property
    def gained(self) -> list[str]:
        """Rules that find more after than before."""
        return sorted(counts(self.left) - counts(self.found))


@cache
def settings() -> Settings:
    """Those of a command line without options, on a fixed day."""
    return load(None, {"as-of": "2026-11-23"}, isolated=True)


@cache
def chosen() -> tuple[Rule, ...]:
    """The rules that run by default."""
    return selection.choose(rules(), settings())


def lint_text(text: str, files: Mapping[str, str]) -> Outcome:
    """Every rule over a text in a build context."""
    context = Context.of({path: content.encode("utf-8", "surrogateescape") for path, content in files.items()})
    subject = dockerfile_subject(text, settings(), name="Dockerfile", path="Dockerfile", context=lambda: context)
    return lint(subject, chosen(), settings(), rules())


def mend_text(text: str, files: Mapping[str, str] | None = None) -> Mending:
    """Every fix of every rule, unsafe ones too, until none is left."""
    context = dict(files or {})

    def run(texts: Texts) -> Outcome:
        changed = {path: content for path, content in texts.items() if path is not None}
        return lint_text(texts.get(None, text), {**context, **changed})

    found = run({})
    dockerfile = parse(text)
    mended = mend(
        {None: dockerfile.text},
        found,
        run,
        lambda path: context.get(path, ""),
        level=Applicability.UNSAFE,
        newline=dockerfile.newline,
    )
    after = ("\ufeff" if dockerfile.bom else "") + mended.texts.get(None, dockerfile.text)
    written = {path: content for path, content in mended.texts.items() if path is not None}
    return Mending(text, after, found, mended.outcome, {**context, **written})


def counts(outcome: Outcome) -> Counter[str]:
    """Findings that count, by rule."""
    return Counter(result.rule.name for result in outcome.results if result.counts)


def problems(text: str) -> Counter[str]:
    """What the parser complains of, by kind."""
    return Counter(problem.kind for problem in parse(text).problems)


def comments(dockerfile: Dockerfile) -> Counter[str]:
    """Its comments."""
    return Counter(comment.text for comment in dockerfile.comments)


@cache
def page_cases() -> tuple[Case, ...]:
    """Every Dockerfile of the rules' pages."""
    return tuple(case for _, _, case in cases() if not case.is_image)


@cache
def mended_cases() -> tuple[Case, ...]:
    """Those that a fix changes."""
    return tuple(case for case in page_cases() if case.fixed)
