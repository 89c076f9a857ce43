"""Markdown: for a merge request's comment, a step's summary, a wiki."""

from collections.abc import Iterator
from typing import TextIO

from lambda_image_lint.engine.result import Report, Result
from lambda_image_lint.report import Style
from lambda_image_lint.report.escape import markdown_code as code
from lambda_image_lint.report.escape import markdown_prose as escaped
from lambda_image_lint.report.mask import mask
from lambda_image_lint.report.view import (
    counts_sentence,
    fix_mark,
    fixes_sentence,
    hidden_sentence,
    rule_url,
    undecided_sentence,
    where,
    worst_first,
)

_SIGNS = {"error": "🔴", "warning": "🟡", "info": "🔵"}


def write(report: Report, out: TextIO, style: Style) -> None:
    """A table, the worst first."""
    out.write(text(report))


def text(report: Report, limit: int | None = None) -> str:
    """The page; at most `limit` bytes of UTF-8, then it says how many rows it leaves out."""
    head = "".join(f"{line}\n" for line in _head(report))
    rows = [_row(result) for result in worst_first(report)]
    if not rows:
        return head
    table = "\n| | Where | Rule | Problem |\n|---|---|---|---|\n"
    room = None if limit is None else limit - len((head + table).encode("utf-8", "backslashreplace")) - 200
    kept: list[str] = []
    for row in rows:
        if room is not None:
            room -= len(row.encode("utf-8", "backslashreplace"))
            if room < 0:
                break
        kept.append(row)
    left = f"\n{len(rows) - len(kept)} more do not fit here.\n" if len(kept) < len(rows) else ""
    return head + table + "".join(kept) + left


def _head(report: Report) -> Iterator[str]:
    yield "## lint-image"
    yield ""
    yield f"**{escaped(counts_sentence(report))}.**"
    sentences = (fixes_sentence(report), hidden_sentence(report), undecided_sentence(report))
    if any(sentences):
        yield ""
        yield " ".join(f"{escaped(sentence)}." for sentence in sentences if sentence)
    if report.errors:
        yield ""
    for failure in report.errors:
        advice = f" {escaped(mask(failure.help))}" if failure.help else ""
        yield f"- ❌ {code(mask(failure.target))}: {escaped(mask(failure.message))}{advice}"


def _row(result: Result) -> str:
    url = rule_url(result.rule)
    rule = f"[{code(result.rule.name)}]({url})" if url else code(result.rule.name)
    advice = f"<br>{escaped(mask(result.help))}" if result.help else ""
    mark = f" ({fix_mark(result)})" if fix_mark(result) else ""
    sign = f"{_SIGNS[result.severity.value]} {result.severity.value}"
    problem = escaped(mask(result.finding.message)) + mark + advice
    return f"| {sign} | {code(where(result))} | {rule} {result.rule.id} | {problem} |\n"
