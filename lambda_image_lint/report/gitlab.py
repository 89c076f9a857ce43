"""GitLab Code Quality: a flat array, as the merge request widget reads it."""

import json
from collections.abc import Iterator
from posixpath import normpath
from typing import Any, TextIO

from lambda_image_lint.engine.result import Failure, Report, Result
from lambda_image_lint.finding import Severity, TextPlace
from lambda_image_lint.report import Style
from lambda_image_lint.report.escape import encodable
from lambda_image_lint.report.mask import mask
from lambda_image_lint.report.view import counting, first_line, line, message_with_place, path_of

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "minor"}


def write(report: Report, out: TextIO, style: Style) -> None:
    """The array; ``blocker`` is what could not be checked."""
    json.dump([*_findings(report), *_failures(report)], out, indent=2)
    out.write("\n")


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    for result in counting(report):
        advice = f". {line(result.help)}" if result.help else ""
        yield {
            "description": f"{message_with_place(result)}{advice}",
            "check_name": result.rule.name,
            "fingerprint": result.fingerprint,
            "severity": _SEVERITIES[result.severity],
            "location": _location(result),
            "categories": ["Security"] if result.rule.group == "security" else ["Bug Risk"],
            "type": "issue",
        }


def _location(result: Result) -> dict[str, Any]:
    place = result.finding.place
    lines = {"begin": first_line(result)}
    if isinstance(place, TextPlace):
        lines["end"] = place.span.end_line
    return {"path": relative(path_of(result)), "lines": lines}


def relative(path: str) -> str:
    """Relative to the repository's root, without ``./`` in front: GitLab matches it with the diff's paths."""
    return encodable(mask(normpath(path).lstrip("/")))


def _failures(report: Report) -> Iterator[dict[str, Any]]:
    failures = list(report.errors)
    if not report.targets and not failures:
        failures.append(Failure(".", "Nothing was checked"))
    for number, failure in enumerate(failures):
        from hashlib import sha256

        basis = f"{failure.target}\0{failure.message}\0{number}"
        yield {
            "description": line(failure.message + (f". {failure.help}" if failure.help else "")),
            "check_name": "lint-image",
            "fingerprint": sha256(basis.encode("utf-8", "surrogatepass")).hexdigest()[:32],
            "severity": "blocker",
            "location": {"path": relative(failure.target), "lines": {"begin": 1}},
            "categories": ["Bug Risk"],
            "type": "issue",
        }
