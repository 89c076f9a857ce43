"""Reviewdog's diagnostic format (rdjson): suggestions become buttons in a review.

Reviewdog counts columns in bytes of UTF-8, from 1.
"""

import json
from collections.abc import Mapping
from typing import Any, TextIO

from lambda_image_lint import HOME_URL
from lambda_image_lint.dockerfile.source import Source
from lambda_image_lint.engine.result import Report, Result, Target
from lambda_image_lint.finding import Applicability, Severity, Span, TextPlace
from lambda_image_lint.report import Style
from lambda_image_lint.report.escape import encodable
from lambda_image_lint.report.mask import mask
from lambda_image_lint.report.view import (
    SourceLines,
    counting,
    edit_path,
    is_offerable,
    line,
    message_with_place,
    path_of,
    rule_url,
)

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


def write(report: Report, out: TextIO, style: Style) -> None:
    """One ``DiagnosticResult``."""
    sources = SourceLines(report)
    targets = {target.name: target for target in report.targets}
    source = {"name": "lint-image", **({"url": HOME_URL} if HOME_URL else {})}
    diagnostics = [_diagnostic(result, sources, targets) for result in counting(report)]
    for failure in report.errors:
        message = line(failure.message + (f". {failure.help}" if failure.help else ""))
        diagnostics.append({"message": message, "location": {"path": _path(failure.target)}, "severity": "ERROR"})
    if not report.targets and not report.errors:
        diagnostics.append({"message": "Nothing was checked", "location": {"path": "."}, "severity": "ERROR"})
    json.dump({"source": source, "diagnostics": diagnostics}, out, indent=2)
    out.write("\n")


def _path(path: str) -> str:
    return encodable(mask(path))


def _diagnostic(result: Result, sources: SourceLines, targets: Mapping[str, Target]) -> dict[str, Any]:
    place = result.finding.place
    location: dict[str, Any] = {"path": _path(path_of(result))}
    if isinstance(place, TextPlace):
        location["range"] = _range(place.span, sources.of(place.path))
    url = rule_url(result.rule)
    return {
        "message": message_with_place(result) + (f"\n{line(result.help)}" if result.help else ""),
        "location": location,
        "severity": _SEVERITIES[result.severity],
        "code": {"value": result.rule.name, **({"url": url} if url else {})},
        "suggestions": _suggestions(result, sources, targets),
    }


def _range(span: Span, lines: list[str]) -> dict[str, Any]:
    return {"start": _position(span.line, span.column, lines), "end": _position(span.end_line, span.end_column, lines)}


def _position(number: int, column: int, lines: list[str]) -> dict[str, int]:
    text = lines[number - 1] if 1 <= number <= len(lines) else ""
    before = text[: column - 1]
    return {"line": number, "column": len(before.encode("utf-8", "surrogateescape")) + column - len(before)}


def _suggestions(result: Result, sources: SourceLines, targets: Mapping[str, Target]) -> list[dict[str, Any]]:
    """The fix as one replacement, where it is safe and all in the file that the finding stands in.

    Reviewdog knows no other file, and takes several suggestions for alternatives: edits are joined, with the text
    between them. Where that text holds a secret nothing is suggested.
    """
    fix, own, target = result.finding.fix, path_of(result), targets.get(result.target)
    if fix is None or not is_offerable(fix, Applicability.SAFE) or target is None or target.text is None:
        return []
    if any(edit_path(edit, result, targets) != own for edit in fix.edits):
        return []
    source = Source(target.text)
    edits = sorted(fix.edits, key=lambda edit: edit.span)
    text, position = "", source.offset(edits[0].span.line, edits[0].span.column)
    for edit in edits:
        text += target.text[position : source.offset(edit.span.line, edit.span.column)] + edit.text
        position = source.offset(edit.span.end_line, edit.span.end_column)
    if mask(text, dockerfile=True) != text or encodable(text) != text:
        return []
    first, last = edits[0].span, edits[-1].span
    whole = Span(first.line, first.column, last.end_line, last.end_column)
    return [{"range": _range(whole, sources.of(own)), "text": text}]
