"""Checkstyle XML, which most review tools and Jenkins' warnings plugin read."""

from typing import TextIO

from lambda_image_lint.engine.result import Report, Result
from lambda_image_lint.finding import TextPlace
from lambda_image_lint.report import Style
from lambda_image_lint.report.escape import xml
from lambda_image_lint.report.view import counting, line, message_with_place, path_of


def write(report: Report, out: TextIO, style: Style) -> None:
    """A ``<file>`` for each path, clean ones too, an ``<error>`` for each finding or failure."""
    files: dict[str, list[str]] = {target.path or target.name: [] for target in report.targets}
    for result in counting(report):
        files.setdefault(path_of(result), []).append(_finding(result))
    for failure in report.errors:
        message = line(failure.message + (f". {failure.help}" if failure.help else ""))
        files.setdefault(failure.target, []).append(_error(1, 1, "error", message, "lint-image"))
    if not files:
        files["."] = [_error(1, 1, "error", "Nothing was checked", "lint-image")]
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<checkstyle version="4.3">\n')
    for path, errors in files.items():
        out.write(f'  <file name="{xml(line(path))}">\n')
        out.writelines(errors)
        out.write("  </file>\n")
    out.write("</checkstyle>\n")


def _finding(result: Result) -> str:
    place = result.finding.place
    row, column = (place.span.line, place.span.column) if isinstance(place, TextPlace) else (1, 1)
    message = message_with_place(result) + (f". {line(result.help)}" if result.help else "")
    source = f"lint-image.{result.rule.group}.{result.rule.name}"
    return _error(row, column, result.severity.value, message, source)


def _error(row: int, column: int, severity: str, message: str, source: str) -> str:
    place = f'line="{row}" column="{column}"'
    return f'    <error {place} severity="{severity}" message="{xml(message)}" source="{xml(source)}"/>\n'
