"""``lint-image rules`` and ``lint-image explain``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lambda_image_lint.engine import registry
from lambda_image_lint.engine.page import Page
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.errors import UsageError
from lambda_image_lint.settings import nearest

if TYPE_CHECKING:
    from lambda_image_lint.knowledge import KnownError

_COLUMNS = ("id", "name", "group", "severity", "evidence", "fix", "summary")


def explain(subject: str, folders: Sequence[Path] = ()) -> str:
    """A rule's page by name or id; else the rules behind an error text. Raises `UsageError` where neither fits."""
    rules = registry.load(folders)
    rule = next((rule for rule in rules.values() if subject.strip() in (rule.id, rule.name)), None)
    if rule is not None:
        return _page(rule)
    from lambda_image_lint.knowledge import explain_error

    found = explain_error(subject)
    if not found:
        hint = nearest(subject, [name for rule in rules.values() for name in (rule.id, rule.name)])
        raise UsageError(
            f"no rule `{subject}`, and no error text that is known",
            hint
            if hint.startswith("Did")
            else "`lint-image rules` lists the rules; or paste a line of Lambda's own log",
        )
    by_name = {rule.name: rule for rule in rules.values()}
    return "\n\n".join(_error(error, by_name) for error in found)


def _error(error: "KnownError", rules: Mapping[str, Rule]) -> str:
    """A message of Lambda's, what to look at first, and the rules that tell it before the push."""
    lines = [error.text, f"  Look first: {error.look}", "  Rules that tell it before the push:"]
    for name in error.rules:
        known = rules.get(name)
        lines.append(f"    {known.id}  {name}: {known.summary}" if known else f"    {name}")
    return "\n".join([*lines, f"  Source: {error.source}"])


def _page(rule: Rule) -> str:
    page = Page.read(rule.page)
    facts = [
        f"{rule.id} {rule.name} · {rule.group} · {rule.severity} · evidence {rule.evidence or '-'} · "
        f"{'fixable' if page.fixable else 'advice only'}",
        *(f"Source: {source}" for source in rule.sources),
        *([f"Also known as: {', '.join(rule.aliases)}"] if rule.aliases else []),
    ]
    return page.text.rstrip() + "\n\n---\n" + "\n".join(facts)


def rows(rules: Mapping[str, Rule]) -> list[dict[str, str]]:
    """A row for each rule, by id; the fix is ``safe``, ``unsafe`` or ``-`` as its page shows."""
    return [
        {
            "id": rule.id,
            "name": rule.name,
            "group": rule.group,
            "severity": str(rule.severity),
            "evidence": rule.evidence or "-",
            "fix": "yes" if Page.read(rule.page).fixable else "-",
            "summary": rule.summary,
        }
        for rule in rules.values()
    ]


def table(format: str, folders: Sequence[Path] = ()) -> str:
    """All rules as ``human``, ``json`` or ``markdown``."""
    found = rows(registry.load(folders))
    if format == "json":
        return json.dumps(found, indent=2) + "\n"
    if format == "markdown":
        lines = [f"| {' | '.join(_COLUMNS)} |", f"|{'---|' * len(_COLUMNS)}"]
        lines += ["| " + " | ".join(row[column].replace("|", "\\|") for column in _COLUMNS) + " |" for row in found]
        return "\n".join(lines) + "\n"
    if format != "human":
        raise UsageError(f"no format `{format}`", nearest(format, ("human", "json", "markdown")))
    widths = {
        column: max(len(row[column]) for row in [*found, dict(zip(_COLUMNS, _COLUMNS, strict=True))])
        for column in _COLUMNS
    }
    lines = ["  ".join(f"{row[column]:<{widths[column]}}" for column in _COLUMNS).rstrip() for row in found]
    return "\n".join(lines) + "\n"
