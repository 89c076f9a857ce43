"""SARIF 2.1.0, as GitHub code scanning reads it.

A region's columns are in code points. A finding in an image has no file in the repository: its artifact is
``oci-image/NAME``, a relative reference, and the layer and the file or key in it are logical locations.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, TextIO

from lambda_image_lint import HOME_URL, __version__
from lambda_image_lint.engine.page import Page
from lambda_image_lint.engine.result import Report, Result, Target
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.finding import Applicability, FilePlace, KeyPlace, Place, Severity, Span, TextPlace
from lambda_image_lint.knowledge import VERSION
from lambda_image_lint.report import Style
from lambda_image_lint.report.escape import encodable, printable, uri_path
from lambda_image_lint.report.mask import mask
from lambda_image_lint.report.view import SourceLines, edit_path, is_offerable, message_with_place, rule_url

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEM_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
# GitHub's bands of security-severity: high from 7.0, medium from 4.0. Own choice inside them: a rule says how bad a
# fault is for the function, not how a CVE scores.
_SECURITY_SEVERITIES = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.INFO: "2.0"}
_SECURITY_GROUP = "security"
LONGEST_SNIPPET = 4000
"""Characters: a longer one is left out, since an upload may have 10 MB and viewers show a few lines. Own choice."""


def write(report: Report, out: TextIO, style: Style) -> None:
    """One run with all targets. ASCII only."""
    json.dump(document(report), out, indent=2)
    out.write("\n")


def document(report: Report) -> dict[str, Any]:
    """The log as plain data."""
    rules = sorted({result.rule.id: result.rule for result in report.results}.values(), key=lambda rule: rule.id)
    driver = {
        "name": "lambda-image-lint",
        "version": __version__,
        "semanticVersion": __version__,
        **({"informationUri": HOME_URL} if HOME_URL else {}),
        "rules": [_rule(rule) for rule in rules],
        "notifications": [{"id": "not-run", "shortDescription": {"text": "A rule could not run, or could not decide"}},
                          {"id": "failure", "shortDescription": {"text": "A target could not be linted"}}],
        "properties": {"knowledge": VERSION},
    }  # fmt: skip
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "lint-image/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": list(_results(report, {rule.id: index for index, rule in enumerate(rules)})),
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    manual = Page.read(rule.page).prose if rule.page.is_file() else ""
    tags = [
        "aws-lambda",
        rule.group,
        *([_SECURITY_GROUP] if _is_security(rule) and rule.group != _SECURITY_GROUP else []),
    ]
    properties: dict[str, Any] = {
        "tags": tags,
        "precision": "high",
        "problem.severity": _PROBLEM_SEVERITIES[rule.severity],
    }
    if _is_security(rule):
        properties["security-severity"] = _SECURITY_SEVERITIES[rule.severity]
    summary = rule.summary or rule.name
    url = rule_url(rule)
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": f"{rule.name}: {summary}"},
        "help": {"text": plain(manual) or rule.help or summary, "markdown": manual or rule.help or summary},
        **({"helpUri": url} if url else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": properties,
    }


def _is_security(rule: Rule) -> bool:
    return rule.group == _SECURITY_GROUP or rule.name.startswith("secret-")


def plain(manual: str) -> str:
    """Markdown as plain text: for viewers that show no markup."""
    text = re.sub(r"(?m)^#+\s*|^```.*\n?", "", manual)
    text = re.sub(r"\[([^\]]*)\]\(([^)\s]*)\)", r"\1 (\2)", text)
    return text.replace("**", "").replace("`", "").strip()


def _invocation(report: Report) -> dict[str, Any]:
    failures = [
        {
            "level": "error",
            "descriptor": {"id": "failure", "index": 1},
            "message": {"text": _text(f"{one.target}: {one.message}" + (f". {one.help}" if one.help else ""))},
        }
        for one in report.errors
    ]
    undecided = [
        {
            "level": "note",
            "descriptor": {"id": "not-run", "index": 0},
            "message": {"text": _text(f"{one.target}: {one.rule}: {one.reason}")},
        }
        for one in report.not_run
    ]
    if not report.targets and not report.errors:
        failures.append(
            {"level": "error", "descriptor": {"id": "failure", "index": 1}, "message": {"text": "Nothing was checked"}}
        )
    return {
        "executionSuccessful": not failures,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": [*failures, *undecided],
    }


def _text(text: str) -> str:
    return printable(mask(text))


def _results(report: Report, indexes: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    targets = {target.name: target for target in report.targets}
    sources = SourceLines(report)
    seen: dict[tuple[str, str], int] = {}
    for result in report.results:
        hashed = _line_hash(result, sources)
        key = (_artifact(result.finding.place, result), hashed)
        seen[key] = seen.get(key, 0) + 1
        suppressed = result.suppressed
        advice = f". {_text(result.help)}" if result.help else ""
        related = [_location(place, result, sources) for place in result.finding.related]
        fixes = list(_fixes(result, targets))
        yield {
            "ruleId": result.rule.id,
            "ruleIndex": indexes[result.rule.id],
            "level": _LEVELS[result.severity],
            "message": {"text": message_with_place(result) + advice},
            "locations": [_location(result.finding.place, result, sources)],
            **(
                {"relatedLocations": [{**one, "id": number} for number, one in enumerate(related, 1)]}
                if related
                else {}
            ),
            "partialFingerprints": {
                "primaryLocationLineHash": f"{hashed}:{seen[key]}",
                "lintImage/v1": result.fingerprint,
            },
            **({"fixes": fixes} if fixes else {}),
            "suppressions": [_suppression(suppressed.by, suppressed.reason)] if suppressed else [],
            "properties": {"rule": result.rule.name, "target": _text(result.target)},
        }


def _suppression(by: str, reason: str | None) -> dict[str, str]:
    kind = "inSource" if by in ("comment", "pragma", "label") else "external"
    return {"kind": kind, "status": "accepted", "justification": _text(f"{by}: {reason}" if reason else by)}


def _line_hash(result: Result, sources: SourceLines) -> str:
    """16 hexadecimal digits of what the finding stands on: the line's text without its blanks, else file or key."""
    match result.finding.place:
        case TextPlace(span=span, path=path):
            lines = sources.of(path)
            basis = "".join(lines[span.line - 1].split()) if 1 <= span.line <= len(lines) else ""
        case FilePlace(file=file):
            basis = file
        case KeyPlace(key=key):
            basis = key
    return sha256(basis.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _artifact(place: Place, result: Result) -> str:
    """A relative, percent-encoded reference with forward slashes, the same in every run."""
    if isinstance(place, TextPlace):
        return relative_uri(place.path or result.target)
    return f"oci-image/{uri_path(mask(result.target).lstrip('/')).replace(':', '%3A')}"


def relative_uri(path: str) -> str:
    """A path as a relative reference: an absolute one below its root, no ``.`` in front, no colon that looks like a scheme."""
    from posixpath import normpath

    return uri_path(normpath(path).lstrip("/") or ".")


def _location(place: Place, result: Result, sources: SourceLines) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _artifact(place, result)}}
    match place:
        case TextPlace(span=span, path=path):
            physical["region"] = _region(span)
            lines = sources.of(path)
            snippet = "\n".join(lines[span.line - 1 : span.end_line])
            if 0 < len(snippet) <= LONGEST_SNIPPET:
                physical["region"]["snippet"] = {"text": encodable(snippet)}
            return {"physicalLocation": physical}
        case FilePlace(file=file, layer=layer, digest=digest):
            name, kind = file, "resource"
            logical = {"properties": {"layer": layer, "digest": digest}} if layer is not None else {}
        case KeyPlace(key=key):
            name, kind, logical = key, "member", {}
    physical["region"] = _region(Span(1, 1, 1, 1))
    shown = {"fullyQualifiedName": _text(f"{result.target}#{name}"), "name": _text(name), "kind": kind, **logical}
    return {"physicalLocation": physical, "logicalLocations": [shown]}


def _region(span: Span) -> dict[str, Any]:
    return {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}


def _fixes(result: Result, targets: Mapping[str, Target]) -> Iterator[dict[str, Any]]:
    """A safe fix, unless its text had to be masked: what a viewer applies must be what ``--fix`` would."""
    fix = result.finding.fix
    if fix is None or not is_offerable(fix, Applicability.SAFE):
        return
    by_path: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement: dict[str, Any] = {"deletedRegion": _region(edit.span)}
        if edit.text:
            replacement["insertedContent"] = {"text": edit.text}
        by_path.setdefault(relative_uri(edit_path(edit, result, targets)), []).append(replacement)
    changes: Sequence[dict[str, Any]] = [
        {"artifactLocation": {"uri": uri}, "replacements": replacements} for uri, replacements in by_path.items()
    ]
    yield {"description": {"text": _text(fix.title)}, "artifactChanges": changes}
