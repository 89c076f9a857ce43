"""JSON lines: one object a line, each with its ``type``; for streams, ``jq`` and log stores.

Targets come first, then findings, then what could not be decided, then errors, each with the keys that it has in the
JSON report; the last line is the summary.
"""

import json
from collections.abc import Iterator
from typing import Any, TextIO

from lambda_image_lint.engine.result import Report
from lambda_image_lint.report import Style
from lambda_image_lint.report.json import document

_KINDS = {"targets": "target", "findings": "finding", "not_run": "not_run", "errors": "error"}


def write(report: Report, out: TextIO, style: Style) -> None:
    """A line for each part of the report."""
    for record in _records(report):
        json.dump(record, out)
        out.write("\n")


def _records(report: Report) -> Iterator[dict[str, Any]]:
    whole = document(report)
    for key, kind in _KINDS.items():
        for record in whole.pop(key):
            yield {"type": kind, **record}
    yield {"type": "summary", **whole}
