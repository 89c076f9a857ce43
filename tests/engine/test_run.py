"""The engine: each fact once, only when asked for, cheapest first; silence never hides a fault."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.engine.facts import Cost, Subject, Unavailable
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.engine.run import lint
from lambda_image_lint.errors import RuleLoadError, SourceError
from lambda_image_lint.finding import Finding, KeyPlace, Severity
from lambda_image_lint.image.config import Config, parse_config
from lambda_image_lint.image.manifest import Manifest
from lambda_image_lint.image.tree import FileTree
from lambda_image_lint.settings import Settings

HERE = KeyPlace("config.Cmd")


def made(check: Callable[..., Iterator[Any]], id: str = "LIL999") -> Rule:
    return Rule(id, Severity.WARNING, check, sources=("own: test",), help="", aliases=(), opt_in=False)


def on_config(config: Config) -> Iterator[Finding]:
    yield Finding("config", HERE)


def on_config_too(config: Config) -> Iterator[Finding]:
    yield Finding("config too", HERE)


def on_files(tree: FileTree) -> Iterator[Finding]:
    yield Finding("files", HERE)


def on_manifest_if_there(config: Config, manifest: Manifest | None) -> Iterator[Finding]:
    yield Finding(f"manifest {manifest}", HERE)


def undecided(config: Config) -> Iterator[Finding | Unknown]:
    yield Unknown("the evidence ends here")


def crashing(config: Config) -> Iterator[Finding]:
    raise ZeroDivisionError("of course")
    yield Finding("never", HERE)


class Asked:
    """A subject that writes down what is loaded."""

    def __init__(self, **failures: Exception) -> None:
        self.log: list[str] = []
        self.failures = failures
        loaders: dict[type, Callable[[], object]] = {fact: self._loader(fact) for fact in (Config, Manifest, FileTree)}
        self.subject = Subject("app:1", "image", loaders)

    def _loader(self, fact: type) -> Callable[[], object]:
        def load() -> object:
            self.log.append(fact.__name__)
            if fact.__name__ in self.failures:
                raise self.failures[fact.__name__]
            return parse_config(b"{}") if fact is Config else f"the {fact.__name__}"

        return load

    def run(self, *rules: Rule) -> Any:
        return lint(self.subject, rules, Settings(), {rule.id: rule for rule in rules})


def test_each_fact_is_loaded_once_and_only_if_a_rule_needs_it() -> None:
    asked = Asked()
    outcome = asked.run(made(on_config, "LIL901"), made(on_config_too, "LIL902"))
    assert asked.log == ["Config"]
    assert [result.finding.message for result in outcome.results] == ["config", "config too"]


def test_rules_on_cheap_facts_run_first_whatever_their_ids() -> None:
    asked = Asked()
    asked.run(made(on_files, "LIL100"), made(on_config, "LIL900"))
    assert asked.log == ["Config", "FileTree"]
    assert made(on_files).cost is Cost.LAYERS


def test_a_fact_that_cannot_be_had_leaves_its_rules_in_not_run_with_the_reason() -> None:
    asked = Asked(FileTree=Unavailable("layers not read"))
    outcome = asked.run(made(on_config, "LIL901"), made(on_files, "LIL902"))
    assert [(entry.rule, entry.reason) for entry in outcome.not_run] == [("on-files", "layers not read")]
    assert len(outcome.results) == 1


def test_a_useful_fact_may_be_missing() -> None:
    outcome = Asked(Manifest=Unavailable("a daemon keeps none")).run(made(on_manifest_if_there))
    assert [result.finding.message for result in outcome.results] == ["manifest None"]
    assert outcome.not_run == ()


def test_what_could_not_be_decided_is_told_with_its_reason() -> None:
    outcome = Asked().run(made(undecided))
    assert [(entry.rule, entry.reason) for entry in outcome.not_run] == [("undecided", "the evidence ends here")]


def test_a_source_that_fails_is_told_once_and_its_rules_are_not_run() -> None:
    outcome = Asked(Config=SourceError("the registry refuses", "Log in")).run(
        made(on_config, "LIL901"), made(on_config_too, "LIL902")
    )
    assert [(failure.message, failure.help) for failure in outcome.failures] == [("the registry refuses", "Log in")]
    assert len(outcome.not_run) == 2


def test_a_rule_that_raises_is_a_failure_with_its_name_and_the_others_still_run() -> None:
    outcome = Asked().run(made(crashing, "LIL901"), made(on_config, "LIL902"))
    assert len(outcome.results) == 1
    (failure,) = outcome.failures
    assert "rule crashing (LIL901) crashed: ZeroDivisionError: of course" in failure.message


def test_a_rule_that_asks_for_what_is_no_fact_does_not_load() -> None:
    def odd(number: int) -> Iterator[Finding]:
        yield Finding(str(number), HERE)

    with pytest.raises(RuleLoadError, match="which is no fact"):
        _ = made(odd).needs


def test_the_same_word_of_a_rule_counts_once() -> None:
    def twice(config: Config) -> Iterator[Finding]:
        yield Finding("same", HERE)
        yield Finding("same", HERE)

    assert len(Asked().run(made(twice)).results) == 1
