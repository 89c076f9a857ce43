"""A report as a format writes it."""

import io

from lambda_image_lint.engine.result import Report
from lambda_image_lint.report import Style, write


def render(report: Report, format: str, style: Style | None = None) -> str:
    """The text that ``-f FORMAT`` prints."""
    out = io.StringIO()
    write(report, format, out, style or Style())
    return out.getvalue()
