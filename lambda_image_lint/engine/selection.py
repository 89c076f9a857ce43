"""Which rules run, and how severe each is: by id, id prefix, name or group; the more specific word wins."""

from collections.abc import Iterable, Mapping

from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.errors import UsageError
from lambda_image_lint.finding import Severity
from lambda_image_lint.settings import LEVELS, Settings, nearest

EVERY = "all"
_EXACT = 1000


def choose(rules: Mapping[str, Rule], settings: Settings) -> tuple[Rule, ...]:
    """The rules that the settings ask for. Raises `UsageError` for a word that no rule answers to."""
    wanted = (*settings.select, *settings.extend_select)
    known(rules, (*wanted, *settings.ignore, *settings.severity))
    names = {rule.name for rule in rules.values()}
    for name in settings.rules_with_options:
        if name not in names:
            raise UsageError(f"[rules.{name}]: no rule `{name}`", _hint(name, names))
    for word, level in settings.severity.items():
        if level not in LEVELS:
            raise UsageError(f"severity {word}={level}: no such level", f"Levels are {', '.join(LEVELS)}")
    chosen = []
    for rule in rules.values():
        by_default = 1 if not settings.select and not rule.opt_in else 0
        for_it = max((by_default, *(specificity(word, rule) for word in wanted)))
        against_it = max((0, *(specificity(word, rule) for word in settings.ignore)))
        if rule.opt_in and for_it < _EXACT:
            continue
        if for_it > against_it:
            chosen.append(rule)
    return tuple(chosen)


def severity(rule: Rule, settings: Settings) -> Severity | None:
    """What the settings make of a rule's severity; None where they say nothing."""
    best, level = 0, None
    for word, value in settings.severity.items():
        if (found := specificity(word, rule)) > best:
            best, level = found, Severity(value)
    return level


def specificity(word: str, rule: Rule) -> int:
    """0 where the word does not mean the rule; the higher, the more it means just this one."""
    if word in (rule.id, rule.name):
        return _EXACT
    if word == EVERY:
        return 1
    if word == rule.group:
        return 2
    return 2 + len(word) if word and rule.id.startswith(word) else 0


def known(rules: Mapping[str, Rule], words: Iterable[str]) -> None:
    """Raise `UsageError` for the first word that means no rule."""
    for word in words:
        if word != EVERY and not any(specificity(word, rule) for rule in rules.values()):
            names = {name for rule in rules.values() for name in (rule.name, rule.group, rule.id)}
            raise UsageError(f"no rule, prefix or group `{word}`", _hint(word, names))


def _hint(word: str, names: Iterable[str]) -> str:
    hint = nearest(word, names)
    return hint if "Did" in hint else "See `lint-image rules`"
