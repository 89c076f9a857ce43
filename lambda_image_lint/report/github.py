"""GitHub Actions: one workflow command a finding, and the whole table in the step's summary.

GitHub shows about ten annotations of a step, so the worst of all targets come first; the table has them all.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from lambda_image_lint.engine.result import Report, Result
from lambda_image_lint.finding import Severity, TextPlace
from lambda_image_lint.report import Style, markdown
from lambda_image_lint.report.escape import printable
from lambda_image_lint.report.mask import mask
from lambda_image_lint.report.view import counts_sentence, path_of, placed_message, worst_first

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_SUMMARY = "GITHUB_STEP_SUMMARY"
SUMMARY_LIMIT = 1024 * 1024
"""Bytes that GitHub takes of a step's summary; a longer one is not shown at all. Source: docs.github.com, workflow commands."""


def write(report: Report, out: TextIO, style: Style) -> None:
    """Commands and a closing line for the log to `out`, a table to the file that ``GITHUB_STEP_SUMMARY`` names."""
    for failure in report.errors:
        advice = f"\n{failure.help}" if failure.help else ""
        out.write(command("error", {"file": failure.target, "title": "lint-image"}, failure.message + advice))
    if not report.targets and not report.errors:
        out.write(command("error", {"title": "lint-image"}, counts_sentence(report)))
    for result in worst_first(report):
        out.write(command(_COMMANDS[result.severity], dict(_properties(result)), _message(result)))
    out.write(f"{counts_sentence(report)}.\n")
    summary = os.environ.get(_SUMMARY)
    if summary:
        with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(markdown.text(report, limit=SUMMARY_LIMIT))


def _properties(result: Result) -> Iterator[tuple[str, str]]:
    yield "file", path_of(result)
    place = result.finding.place
    if isinstance(place, TextPlace):
        span = place.span
        yield "line", str(span.line)
        yield "endLine", str(span.end_line)
        if span.end_line == span.line:  # GitHub takes columns only within one line
            yield "col", str(span.column)
            yield "endColumn", str(max(span.end_column - 1, span.column))
    yield "title", f"{result.rule.name} ({result.rule.id})"


def _message(result: Result) -> str:
    return placed_message(result) + (f"\n{result.help}" if result.help else "")


def command(name: str, properties: dict[str, str], message: str) -> str:
    """A workflow command on a line of its own: no text can end it, or begin another."""
    listed = ",".join(f"{key}={_escaped(mask(value), ':,')}" for key, value in properties.items())
    return f"::{name} {listed}::{_escaped(mask(message))}\n"


def _escaped(text: str, more: str = "") -> str:
    # Every line break that a runner might know ends a command, so all go the way of the newline.
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for character in more:
        text = text.replace(character, f"%{ord(character):02X}")
    return printable(text)
