"""One line a finding: for ``grep``, editors' quickfix lists and narrow logs."""

from typing import TextIO

from lambda_image_lint.engine.result import Report
from lambda_image_lint.report import Style
from lambda_image_lint.report.view import counting, counts_sentence, fix_mark, fixes_sentence, line, where


def write(report: Report, out: TextIO, style: Style) -> None:
    """``PLACE: SEVERITY RULE ID [fixable] message``, errors, and the count."""
    for result in counting(report):
        mark = f" [{mark}]" if (mark := fix_mark(result)) else ""
        message = line(result.finding.message)
        out.write(f"{where(result)}: {result.severity.value} {result.rule.name} {result.rule.id}{mark} {message}\n")
    for failure in report.errors:
        out.write(f"{line(failure.target)}: error: {line(failure.message)}\n")
    if not style.quiet:
        out.write(f"{counts_sentence(report)}." + (f" {fixes}.\n" if (fixes := fixes_sentence(report)) else "\n"))
