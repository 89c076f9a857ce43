"""The JSON Schema (draft 2020-12) of the JSON report, version 1: what `lint-image schema report` prints."""

from collections.abc import Mapping
from typing import Any

from lambda_image_lint.report.json import SCHEMA_VERSION

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_COUNT_OR_NULL = {"type": ["integer", "null"], "minimum": 0}
_FROM_ONE = {"type": "integer", "minimum": 1}
_WORDS_OR_NULL = {"type": ["array", "null"], "items": _TEXT}
_SEVERITY = {"enum": ["error", "warning", "info"]}
_SPAN = {
    "line": {**_FROM_ONE, "description": "From 1."},
    "column": {**_FROM_ONE, "description": "From 1, in code points."},
    "end_line": {**_FROM_ONE, "description": "From 1, included."},
    "end_column": {**_FROM_ONE, "description": "From 1, exclusive."},
}


def _closed(properties: Mapping[str, Any], description: str = "") -> dict[str, Any]:
    """An object that has all of these keys and no other."""
    described = {"description": description} if description else {}
    return {
        **described,
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


_LOCATION = {
    "description": "Exactly one of three forms: text, a file in an image, a key of an image's config or manifest.",
    "oneOf": [
        _closed({"path": _TEXT, **_SPAN, "stage": {**_COUNT_OR_NULL, "description": "Build stage, from 0."}}),
        _closed(
            {
                "image": _TEXT,
                "layer": {**_COUNT_OR_NULL, "description": "From 0, base first."},
                "digest": _TEXT_OR_NULL,
                "file": _TEXT,
            }
        ),
        _closed({"image": _TEXT, "key": {"type": "string", "pattern": "^(config|manifest)([.\\[]|$)"}}),
    ],
}

_EDIT = _closed({"path": _TEXT, **_SPAN, "text": _TEXT}, "Replaces a span; a path that is not there yet is a new file.")

_FIX = _closed(
    {"title": _TEXT, "applicability": {"enum": ["safe", "unsafe", "display"]}, "edits": _list(_EDIT)},
    "Characters of a secret in an edit are replaced by stars: such an edit is to be read, not applied.",
)

_FINDING = _closed(
    {
        "rule": {"type": "string", "pattern": "^[a-z0-9-]+$"},
        "id": _TEXT,
        "severity": _SEVERITY,
        "target": _TEXT,
        "message": _TEXT,
        "help": _TEXT_OR_NULL,
        "location": _reference("location"),
        "related": _list(_reference("location")),
        "fingerprint": {
            "type": "string",
            "pattern": "^[0-9a-f]+$",
            "description": "Unique in a report, the same after edits elsewhere.",
        },
        "suppressed": {
            "oneOf": [
                {"type": "null"},
                _closed(
                    {"by": {"enum": ["comment", "pragma", "config", "label", "baseline"]}, "reason": _TEXT_OR_NULL}
                ),
            ]
        },
        "fix": {"oneOf": [{"type": "null"}, _FIX]},
    }
)

_LAYER = {
    "type": "object",
    "properties": {
        "digest": _TEXT_OR_NULL,
        "diff_id": _TEXT_OR_NULL,
        "created_by": _TEXT_OR_NULL,
        "compressed_bytes": _COUNT_OR_NULL,
        "uncompressed_bytes": _COUNT_OR_NULL,
        "entries": _COUNT_OR_NULL,
        "dead_bytes": _COUNT_OR_NULL,
    },
    "required": ["digest", "diff_id", "created_by", "compressed_bytes", "uncompressed_bytes", "entries", "dead_bytes"],
}

_METRICS = {
    "description": "Of an image; empty for a Dockerfile. Null is what the source does not have or nobody measured.",
    "type": "object",
    "properties": {
        "uncompressed_bytes": {
            **_COUNT_OR_NULL,
            "description": "The layers' tar streams, headers and padding included.",
        },
        "compressed_bytes": {**_COUNT_OR_NULL, "description": "The layer blobs."},
        "manifest_bytes": _COUNT_OR_NULL,
        "manifest_media_type": _TEXT_OR_NULL,
        "architecture": _TEXT_OR_NULL,
        "os": _TEXT_OR_NULL,
        "layers": {"type": ["array", "null"], "items": _LAYER},
        "files": _COUNT_OR_NULL,
        "live_bytes": _COUNT_OR_NULL,
        "dead_bytes": _COUNT_OR_NULL,
        "efficiency": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "estimated": {"type": "boolean"},
    },
}

_FUNCTION = _closed(
    {
        "base": _TEXT_OR_NULL,
        "runtime": _TEXT_OR_NULL,
        "architecture": _TEXT_OR_NULL,
        "entrypoint": _WORDS_OR_NULL,
        "command": _WORDS_OR_NULL,
        "working_dir": _TEXT_OR_NULL,
        "runtime_client": _TEXT_OR_NULL,
    }
)

_TARGET = _closed(
    {
        "name": _TEXT,
        "kind": {"enum": ["dockerfile", "image", "template"]},
        "function": {"oneOf": [{"type": "null"}, _FUNCTION]},
        "metrics": _METRICS,
    }
)

_SUMMARY = _closed(
    {
        "targets": _COUNT,
        "findings": _closed({"error": _COUNT, "warning": _COUNT, "info": _COUNT}, "Without suppressed ones."),
        "fixable": _closed({"safe": _COUNT, "unsafe": _COUNT}),
        "suppressed": _COUNT,
        "baselined": _COUNT,
        "exit_code": {"enum": [0, 1, 2, 3]},
    }
)


def report_schema() -> dict[str, Any]:
    """The schema as plain data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of lambda-image-lint",
        **_closed(
            {
                "schema_version": {"const": SCHEMA_VERSION},
                "tool": _closed({"name": {"const": "lambda-image-lint"}, "version": _TEXT, "knowledge": _TEXT}),
                "summary": _SUMMARY,
                "targets": _list(_TARGET),
                "findings": _list(_FINDING),
                "not_run": _list(_closed({"rule": _TEXT, "target": _TEXT, "reason": _TEXT})),
                "errors": _list(_closed({"target": _TEXT, "message": _TEXT, "help": _TEXT_OR_NULL})),
            }
        ),
        "$defs": {"location": _LOCATION},
    }
