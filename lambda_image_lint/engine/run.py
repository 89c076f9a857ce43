"""One run over one subject: each rule's facts, cheapest first; what it says; what hides it."""

import traceback
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.answer import Unknown
from lambda_image_lint.engine.facts import Subject, Unavailable
from lambda_image_lint.engine.identity import identities
from lambda_image_lint.engine.ignores import Ignores
from lambda_image_lint.engine.result import Failure, NotRun, Result
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.engine.selection import severity
from lambda_image_lint.engine.suppress import ignores, suppress, unused
from lambda_image_lint.errors import LintImageError
from lambda_image_lint.finding import Finding, Place, TextPlace
from lambda_image_lint.settings import Settings

LAMBDA_ONLY = frozenset({"startup", "handler", "files", "native"})
"""Groups that a Dockerfile without a sign of Lambda is not held to."""

MAX_FINDINGS = 1_000
"""Of one rule in one target; own: nobody reads more, and a report of a hundred thousand takes seconds."""


class Outcome(Struct, frozen=True):
    """What a run over one subject gave."""

    results: tuple[Result, ...]
    not_run: tuple[NotRun, ...]
    failures: tuple[Failure, ...]


def lint(subject: Subject, chosen: Sequence[Rule], settings: Settings, rules: Mapping[str, Rule]) -> Outcome:
    """Run the chosen rules. A rule that raises becomes a failure that names it; the others still run.

    `rules` are all that are loaded: an ignore may name one that was not chosen.
    """
    run = _Run(subject, settings)
    mine = [rule for rule in chosen if subject.meant_for_lambda or rule.group not in LAMBDA_ONLY]
    last = [rule for rule in mine if any(fact is Ignores for fact, _ in rule.needs.values())]
    first = sorted((rule for rule in mine if rule not in last), key=lambda rule: (rule.cost, rule.id))
    for rule in first:
        run.ask(rule)
    every = ignores(subject)
    results, used = suppress(run.results(), every, rules)
    subject.give(Ignores, unused(subject, every, used, first, rules))
    run.said.clear()
    for rule in last:
        run.ask(rule)
    more, _ = suppress(run.results(), every, rules)
    return Outcome((*results, *more), tuple(sorted(set(run.not_run))), tuple(run.failures))


class _Run:
    """The state of a run: what was said so far."""

    def __init__(self, subject: Subject, settings: Settings) -> None:
        self.subject = subject
        self.settings = settings
        self.said: list[tuple[Rule, Finding]] = []
        self.not_run: list[NotRun] = []
        self.failures: list[Failure] = []

    def ask(self, rule: Rule) -> None:
        """Load what the rule needs and collect what it says."""
        subject = self.subject
        if any(required and not subject.has(fact) for fact, required in rule.needs.values()):
            return
        try:
            facts = self._facts(rule)
            count = 0
            for said in rule.check(**facts):
                if isinstance(said, Unknown):
                    self.not_run.append(NotRun(rule.name, subject.name, said.reason))
                    continue
                if count == MAX_FINDINGS:
                    reason = f"more than {MAX_FINDINGS:,} findings: the others are left out"
                    self.not_run.append(NotRun(rule.name, subject.name, reason))
                    break
                self.said.append((rule, _complete(said, subject)))
                count += 1
        except Unavailable as missing:
            self.not_run.append(NotRun(rule.name, subject.name, missing.reason))
        except LintImageError as error:
            self.not_run.append(NotRun(rule.name, subject.name, error.message))
            failure = Failure(subject.name, error.message, error.help)
            if failure not in self.failures:
                self.failures.append(failure)
        except Exception as error:
            # A rule's crash must never look like a clean report: it is told with its name, and ends in exit code 2.
            where = traceback.extract_tb(error.__traceback__)[-1]
            message = f"rule {rule.name} ({rule.id}) crashed: {type(error).__name__}: {error} at {where.filename}:{where.lineno}"
            self.failures.append(Failure(subject.name, message, f"Report it; until then --ignore {rule.name}"))

    def _facts(self, rule: Rule) -> dict[str, object]:
        """The rule's facts by parameter; raises `Unavailable` where a needed one, or every useful one, is not to be had."""
        facts: dict[str, object] = {}
        missing: Unavailable | None = None
        for name, (fact, required) in rule.needs.items():
            facts[name] = None
            if not required and not self.subject.has(fact):
                continue
            try:
                facts[name] = self.subject.get(fact)
            except Unavailable as error:
                if required:
                    raise
                missing = error
        if missing is not None and all(value is None for value in facts.values()):
            raise missing
        return facts

    def results(self) -> tuple[Result, ...]:
        """What was said, as results, each once."""
        unique = list(dict.fromkeys(self.said))
        return tuple(
            Result(
                rule=rule,
                finding=finding,
                severity=severity(rule, self.settings) or finding.severity or rule.severity,
                target=self.subject.name,
                identity=identity,
            )
            for (rule, finding), identity in zip(unique, identities(self.subject, unique), strict=True)
        )


def _complete(finding: Finding, subject: Subject) -> Finding:
    """Give the places of the text under lint its path."""
    place = _with_path(finding.place, subject)
    related = tuple(_with_path(other, subject) for other in finding.related)
    return replace(finding, place=place, related=related)


def _with_path(place: Place, subject: Subject) -> Place:
    if isinstance(place, TextPlace):
        return replace(place, path=subject.path if place.path is None else subject.shown(place.path))
    return place
