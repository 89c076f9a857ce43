"""For people at a terminal: each finding with its source, then what it all comes to and what to do next.

Colour is written directly, without a library: a Dockerfile check should end before one is imported.
"""

from collections.abc import Iterator, Sequence
from typing import TextIO

from lambda_image_lint.engine.result import Report, Result, Target
from lambda_image_lint.finding import Severity, TextPlace
from lambda_image_lint.report import Style
from lambda_image_lint.report.excerpt import Row, excerpt
from lambda_image_lint.report.view import (
    SourceLines,
    checked,
    counting,
    counts_sentence,
    fix_mark,
    fixes_sentence,
    hidden_sentence,
    line,
    plural,
    rule_url,
    undecided_sentence,
    where,
)

_COLORS = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "bold": "1",
    "dim": "2",
    "good": "1;32",
}
_INDENT = "  "


def write(report: Report, out: TextIO, style: Style) -> None:
    """Findings grouped by target, then the closing lines."""
    paint = _Paint(style)
    sources = SourceLines(report)
    for target in report.targets:
        mine = [result for result in counting(report) if result.target == target.name]
        if mine and target.kind != "dockerfile":
            out.write(f"{paint('bold', _heading(target))}\n\n")
        for result in mine:
            out.writelines(f"{text}\n" for text in _finding(result, sources, style, paint))
            out.write("\n")
    if style.statistics:
        _statistics(report, out, paint)
    out.writelines(f"{text}\n" for text in _closing(report, style, paint))


class _Paint:
    """Colours a text, where colour is wanted."""

    def __init__(self, style: Style) -> None:
        self.color = style.color
        self.hyperlinks = style.hyperlinks

    def __call__(self, name: str, text: str) -> str:
        return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if self.color and text else text

    def link(self, url: str | None, text: str) -> str:
        """A terminal hyperlink (OSC 8)."""
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\" if self.hyperlinks and url else text


def _heading(target: Target) -> str:
    source = f" from {line(target.answered_by)}" if target.answered_by else ""
    layers = target.metrics.get("layers")
    size = target.metrics.get("uncompressed_bytes")
    facts = [plural(len(layers), "layer")] if layers else []
    facts += [f"{size / 1024**2:,.1f} MiB uncompressed"] if size is not None else []
    return f"{line(target.name)}: {target.kind}{source}" + "".join(f", {fact}" for fact in facts)


def _finding(result: Result, sources: SourceLines, style: Style, paint: _Paint) -> Iterator[str]:
    mark = fix_mark(result)
    yield " ".join(
        part
        for part in (
            paint("bold", where(result) + ":"),
            paint(result.severity.value, result.severity.value),
            paint.link(rule_url(result.rule), paint("bold", result.rule.name)),
            paint("dim", result.rule.id),
            paint("good", f"[{mark}]") if mark else "",
        )
        if part
    )
    yield from _wrapped(line(result.finding.message), _INDENT, style.width)
    place = result.finding.place
    if isinstance(place, TextPlace):
        room = style.width and style.width - len(str(place.span.end_line)) - 6
        yield from _source(list(excerpt(sources.of(place.path), place.span, room)), result.severity, paint)
    for other in result.finding.related:
        yield f"{_INDENT}{paint('dim', 'see')} {where(result, other)}"
    if result.help:
        yield from _wrapped(f"help: {line(result.help)}", _INDENT, style.width)
    fix = result.finding.fix
    if fix is not None and (not mark or not result.help):
        yield from _wrapped(f"fix: {line(fix.title)}", _INDENT, style.width)


def _source(rows: Sequence[Row], severity: Severity, paint: _Paint) -> Iterator[str]:
    margin = max((len(str(row.number)) for row in rows if row.number is not None), default=0) + len(_INDENT) + 1
    for row in rows:
        number = "" if row.number is None else str(row.number)
        bar = paint(severity.value, ">") if row.inside else paint("dim", "|")
        yield f"{paint('dim', number.rjust(margin))} {bar} {row.text}".rstrip()
        if row.mark:
            blank = len(row.mark) - len(row.mark.lstrip())
            yield f"{' ' * margin} {paint('dim', '|')} {row.mark[:blank]}{paint(severity.value, row.mark[blank:])}"


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    if not width or len(indent) + len(text) <= width:
        return [indent + text]
    from textwrap import wrap

    return wrap(text, max(width, 20), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _statistics(report: Report, out: TextIO, paint: _Paint) -> None:
    rows = _statistics_rows(report)
    if not rows:
        return
    counts, names = [f"{count:,}" for count, *_ in rows], [name for _, _, name, _ in rows]
    for (_, severity, name, rule_id), count in zip(rows, counts, strict=True):
        padded = f"{name}{' ' * (max(map(len, names)) - len(name))}"
        shown = paint(severity.value, f"{severity.value:<7}")
        out.write(f"{count.rjust(max(map(len, counts)))}  {shown}  {padded}  {paint('dim', rule_id)}\n")
    out.write("\n")


def _statistics_rows(report: Report) -> list[tuple[int, Severity, str, str]]:
    """(count, severity, rule, id), the most frequent first."""
    counts: dict[tuple[str, str, Severity], int] = {}
    for result in counting(report):
        key = (result.rule.name, result.rule.id, result.severity)
        counts[key] = counts.get(key, 0) + 1
    rows = [(count, severity, name, rule_id) for (name, rule_id, severity), count in counts.items()]
    return sorted(rows, key=lambda row: (-row[0], -row[1].rank, row[3]))


def _closing(report: Report, style: Style, paint: _Paint) -> Iterator[str]:
    if style.verbose and not style.quiet:
        yield from _details(report, paint)
    for failure in report.errors:
        yield f"{paint('error', 'error:')} {line(failure.target)}: {line(failure.message)}"
        if failure.help:
            yield f"{_INDENT}help: {line(failure.help)}"
    if style.quiet:
        return
    found = any(True for _ in counting(report))
    clean = bool(report.targets) and not found and not report.errors
    if report.fixed:
        yield f"Fixed {plural(report.fixed, 'problem')}."
    sentence = f"{counts_sentence(report)}." + (f" {fixes}." if (fixes := fixes_sentence(report)) else "")
    yield paint("good" if clean else "bold", sentence)
    if report.errors:
        yield f"{plural(len(report.errors), 'error')} kept the check from being complete."
    if hidden := hidden_sentence(report):
        yield f"{hidden}."
    if undecided := undecided_sentence(report):
        yield f"{undecided}{'.' if style.verbose else ' (-v tells which, and why).'}"


def _details(report: Report, paint: _Paint) -> Iterator[str]:
    """What a run keeps to itself unless asked: which targets, what is hidden, what was not decided."""
    if len(report.targets) > 1:
        yield f"Checked {checked(report)}:"
        yield from (f"{_INDENT}{line(target.name)}" for target in report.targets)
    for result in report.results:
        if result.suppressed:
            reason = f": {line(result.suppressed.reason)}" if result.suppressed.reason else ""
            text = f"{where(result)}: {result.rule.name} {result.rule.id} hidden by {result.suppressed.by}{reason}"
            yield paint("dim", text)
    for one in report.not_run:
        yield paint("dim", f"{line(one.target)}: {one.rule} not decided: {line(one.reason)}")
