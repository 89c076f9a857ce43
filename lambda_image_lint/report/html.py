"""One self-contained page: what to fix first, every finding with its source, where an image's bytes are.

It loads nothing from anywhere, and its policy forbids it to; without JavaScript all is shown, only the filters sleep.
"""

from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import TextIO

from lambda_image_lint import __version__
from lambda_image_lint.engine.result import Report, Result, Target
from lambda_image_lint.finding import TextPlace
from lambda_image_lint.knowledge import VERSION
from lambda_image_lint.report import Style
from lambda_image_lint.report.escape import html as escaped
from lambda_image_lint.report.escape import html_prose
from lambda_image_lint.report.excerpt import Row, excerpt, split_at_mark
from lambda_image_lint.report.html_image import image_facts
from lambda_image_lint.report.mask import mask, mask_data
from lambda_image_lint.report.view import (
    WORST_FIRST,
    SourceLines,
    counting,
    counts_sentence,
    fix_mark,
    fixes_sentence,
    hidden_sentence,
    plural,
    rule_url,
    undecided_sentence,
    where,
    worst_first,
)

FIRST = 5
"""Rules in the list of what to fix first: what a person takes in at a glance. Own choice."""
_FACTS = {
    "base": "Base",
    "runtime": "Runtime",
    "architecture": "Architecture",
    "entrypoint": "Entrypoint",
    "command": "Command",
    "working_dir": "Working directory",
    "runtime_client": "Runtime client",
}


def write(report: Report, out: TextIO, style: Style) -> None:
    """The page, UTF-8."""
    template = Template(Path(__file__).with_name("template.html").read_text(encoding="utf-8"))
    names = ", ".join(target.name for target in report.targets[:3]) or "nothing checked"
    title = f"{_text(names)} · lint-image"
    out.write(template.substitute(title=title, body="\n".join(_body(report))))


def _text(text: str) -> str:
    return escaped(mask(text))


def _prose(text: str) -> str:
    return html_prose(mask(text))


def _body(report: Report) -> Iterator[str]:
    yield from _header(report)
    yield "<main>"
    yield from _errors(report)
    yield from _fix_first(report)
    sources = SourceLines(report)
    for target in report.targets:
        yield from _target(target, report, sources)
    yield from _details(report)
    yield "</main>"
    keys = "<kbd>j</kbd> <kbd>k</kbd> next and previous finding, <kbd>/</kbd> search"
    yield f'<footer><span class="keys">{keys}<br></span>lambda-image-lint {__version__}, facts of {VERSION}</footer>'


def _header(report: Report) -> Iterator[str]:
    found = any(True for _ in counting(report))
    tone = "bad" if report.errors or not report.targets or report.count(WORST_FIRST[0]) else "" if found else "good"
    yield "<header><div><h1>lint-image report</h1>"
    yield f'<p class="verdict {tone}">{escaped(counts_sentence(report))}</p>'
    sentences = [
        sentence
        for sentence in (fixes_sentence(report), hidden_sentence(report), undecided_sentence(report))
        if sentence
    ]
    if sentences:
        yield f'<p class="aside">{escaped(". ".join(sentences))}.</p>'
    if found:
        yield '<div class="filters" role="group" aria-label="Show">'
        for severity in WORST_FIRST:
            name, count = severity.value, report.count(severity)
            checked = " checked" if count else " disabled"
            box = f'<input type="checkbox" value="{name}"{checked}>'
            yield f'<label>{box}<b class="{name}">{count:,}</b> {name}</label>'
        yield '<input type="search" placeholder="Search findings" aria-label="Search findings">'
        yield '<span id="status" class="count" role="status"></span></div>'
    yield "</div></header>"


def _errors(report: Report) -> Iterator[str]:
    if not report.errors:
        return
    yield "<section><h2>What could not be checked</h2>"
    for failure in report.errors:
        advice = f'<p class="help">{_prose(failure.help)}</p>' if failure.help else ""
        message = f'<p class="message">{_prose(failure.message)}</p>'
        yield f'<div class="card finding-error error"><h3>{_text(failure.target)}</h3>{message}{advice}</div>'
    yield "</section>"


def _fix_first(report: Report) -> Iterator[str]:
    by_rule: dict[str, list[Result]] = {}
    for result in worst_first(report):
        by_rule.setdefault(result.rule.id, []).append(result)
    if len(by_rule) < 2:
        return
    # The worst first; of equals what --fix mends by itself, then what is there most often.
    order = sorted(
        by_rule.values(), key=lambda group: (-group[0].severity.rank, fix_mark(group[0]) != "fixable", -len(group))
    )
    yield '<section><h2>Fix first</h2><ol class="first card">'
    for group in order[:FIRST]:
        first = group[0]
        advice = f'<p class="help">{_prose(first.help)}</p>' if first.help else ""
        places = plural(len(group), "place")
        yield (
            f'<li class="{first.severity.value}"><div class="line">{_severity(first)} '
            f'<a href="#f-{first.fingerprint}"><b>{first.rule.name}</b></a>{_fix_tag(first)}</div>'
            f'<span class="count">{places}</span>{advice}</li>'
        )
    yield "</ol></section>"


def _severity(result: Result) -> str:
    return f'<span class="tag">{result.severity.value}</span>'


def _fix_tag(result: Result) -> str:
    return f' <span class="tag fix">{mark}</span>' if (mark := fix_mark(result)) else ""


def _target(target: Target, report: Report, sources: SourceLines) -> Iterator[str]:
    source = f" from {_text(target.answered_by)}" if target.answered_by else ""
    kind = "" if target.kind == "dockerfile" else f" <small>{target.kind}{source}</small>"
    yield f"<section><h2>{_text(target.name)}{kind}</h2>"
    facts = list(_function_facts(target))
    if facts:
        yield f'<div class="card"><dl class="facts">{"".join(facts)}</dl></div>'
    yield from image_facts(target, report.targets.index(target))
    mine = [result for result in counting(report) if result.target == target.name]
    for result in mine:
        yield from _finding(result, sources)
    if not mine:
        yield '<p class="none">No problems.</p>'
    yield "</section>"


def _function_facts(target: Target) -> Iterator[str]:
    function = mask_data(target.function or {})
    for key, label in _FACTS.items():
        value = function.get(key)
        if value is not None:
            shown = " ".join(value) if isinstance(value, list) else str(value)
            yield f"<div><dt>{label}</dt><dd><code>{escaped(shown) or '(empty)'}</code></dd></div>"


def _finding(result: Result, sources: SourceLines) -> Iterator[str]:
    severity, url = result.severity.value, rule_url(result.rule)
    name = f"<b>{result.rule.name}</b>"
    linked = f'<a href="{escaped(url)}">{name}</a>' if url else name
    yield (
        f'<article class="card finding {severity}" id="f-{result.fingerprint}" data-severity="{severity}" tabindex="0">'
        f'<div class="line">{_severity(result)} <span>{linked}</span> <span class="id">{result.rule.id}</span>'
        f'{_fix_tag(result)}<span class="where mono">{escaped(where(result))}</span></div>'
        f'<p class="message">{_prose(result.finding.message)}</p>'
    )
    place = result.finding.place
    if isinstance(place, TextPlace):
        rows = [_row(row) for row in excerpt(sources.of(place.path), place.span, 0)]
        if rows:
            yield "<pre>" + "\n".join(rows) + "</pre>"
    for other in result.finding.related:
        yield f'<p class="help">See <span class="mono">{escaped(where(result, other))}</span></p>'
    if result.help:
        yield f'<p class="help">{_prose(result.help)}</p>'
    fix = result.finding.fix
    if fix is not None:
        how = {"fixable": " (<code>--fix</code>)", "unsafe fix": " (<code>--fix --unsafe-fixes</code>)"}.get(
            fix_mark(result), ""
        )
        yield f'<p class="help">Fix: {_prose(fix.title)}{how}</p>'
    yield "</article>"


def _row(row: Row) -> str:
    number = f"<i>{row.number if row.number is not None else ''}</i>"
    before, marked, after = split_at_mark(row)
    shown = f"{escaped(before)}<mark>{escaped(marked)}</mark>{escaped(after)}" if marked else escaped(before)
    return number + shown


def _details(report: Report) -> Iterator[str]:
    hidden = [result for result in report.results if result.suppressed]
    if hidden:
        yield f'<details class="card"><summary>Hidden: {plural(len(hidden), "finding")}</summary><ul>'
        for result in hidden:
            suppressed = result.suppressed
            assert suppressed is not None
            reason = f": {_text(suppressed.reason)}" if suppressed.reason else ""
            message = _prose(result.finding.message)
            yield f"<li><b>{result.rule.name}</b> at {escaped(where(result))}: {message} (by {suppressed.by}{reason})</li>"
        yield "</ul></details>"
    if report.not_run:
        yield f'<details class="card"><summary>{escaped(undecided_sentence(report))}</summary><ul>'
        for one in report.not_run:
            yield f"<li><b>{_text(one.rule)}</b> on {_text(one.target)}: {_text(one.reason)}</li>"
        yield "</ul></details>"
