"""JSON, version 1: for programs, dashboards and later comparison. Its schema is in `schema`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from lambda_image_lint import __version__
from lambda_image_lint.engine.result import Report, Result, Target
from lambda_image_lint.finding import Applicability, FilePlace, Fix, KeyPlace, Place, Severity, Span, TextPlace
from lambda_image_lint.knowledge import VERSION
from lambda_image_lint.report import Style
from lambda_image_lint.report.escape import encodable
from lambda_image_lint.report.mask import mask, mask_data
from lambda_image_lint.report.view import WORST_FIRST, edit_path

SCHEMA_VERSION = "1"


def write(report: Report, out: TextIO, style: Style) -> None:
    """One object. ASCII only, so that no terminal or file encoding can break it."""
    json.dump(document(report), out, indent=2)
    out.write("\n")


def document(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        **head(report),
        "targets": [target_data(target) for target in report.targets],
        "findings": list(findings(report)),
        "not_run": [
            {"rule": one.rule, "target": text(one.target), "reason": text(one.reason)} for one in report.not_run
        ],
        "errors": [
            {"target": text(one.target), "message": text(one.message), "help": text(one.help) or None}
            for one in report.errors
        ],
    }


def head(report: Report) -> dict[str, Any]:
    """What stands above the lists: version, tool, summary."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "lambda-image-lint", "version": __version__, "knowledge": VERSION},
        "summary": {
            "targets": len(report.targets),
            "findings": {severity.value: report.count(severity) for severity in WORST_FIRST},
            "fixable": {
                "safe": report.fixable(Applicability.SAFE),
                "unsafe": report.fixable(Applicability.UNSAFE),
            },
            "suppressed": report.suppressed,
            "baselined": report.baselined,
            "exit_code": report.exit_code,
        },
    }


def text(value: str) -> str:
    """Input text as any JSON reader takes it, masked."""
    return encodable(mask(value))


def target_data(target: Target) -> dict[str, Any]:
    """An element of ``targets``."""
    return {
        "name": text(target.name),
        "kind": target.kind,
        "function": None if target.function is None else _clean(mask_data(target.function)),
        "metrics": _clean(mask_data(target.metrics)),
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {encodable(str(key)): _clean(member) for key, member in value.items()}
    return [_clean(member) for member in value] if isinstance(value, list) else value


def findings(report: Report) -> Iterator[dict[str, Any]]:
    """The elements of ``findings``, suppressed ones too."""
    targets = {target.name: target for target in report.targets}
    for result in report.results:
        suppressed = result.suppressed
        yield {
            "rule": result.rule.name,
            "id": result.rule.id,
            "severity": Severity(result.severity).value,
            "target": text(result.target),
            "message": text(result.finding.message),
            "help": text(result.help) or None,
            "location": location(result.finding.place, result),
            "related": [location(place, result) for place in result.finding.related],
            "fingerprint": result.fingerprint,
            "suppressed": suppressed and {"by": suppressed.by, "reason": suppressed.reason and text(suppressed.reason)},
            "fix": result.finding.fix and _fix(result.finding.fix, result, targets),
        }


def location(place: Place, result: Result) -> dict[str, Any]:
    """A place in one of its three forms."""
    match place:
        case TextPlace(span=span, path=path, stage=stage):
            return {"path": encodable(path or result.target), **span_data(span), "stage": stage}
        case FilePlace(file=file, layer=layer, digest=digest):
            return {"image": text(result.target), "layer": layer, "digest": digest, "file": encodable(file)}
        case KeyPlace(key=key):
            return {"image": text(result.target), "key": text(key)}


def span_data(span: Span) -> dict[str, int]:
    """Lines and columns from 1, the end column exclusive."""
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _fix(fix: Fix, result: Result, targets: Mapping[str, Target]) -> dict[str, Any]:
    return {
        "title": text(fix.title),
        "applicability": fix.applicability.name.lower(),
        "edits": [
            {
                "path": encodable(edit_path(edit, result, targets)),
                **span_data(edit.span),
                "text": encodable(mask(edit.text, dockerfile=True)),
            }
            for edit in fix.edits
        ],
    }
