"""The JSON Schema of a configuration file, made from the table of its keys."""

from typing import Any

from lambda_image_lint.settings import KEYS, LEVELS, Key

_STRINGS = {"type": "array", "items": {"type": "string"}}
_KINDS: dict[str, dict[str, Any]] = {
    "list": {"anyOf": [_STRINGS, {"type": "string"}]},
    "string": {"type": "string"},
    "path": {"type": "string"},
    "flag": {"type": "boolean"},
    "count": {"type": "integer", "minimum": 1},
    "date": {"type": "string", "format": "date"},
    "table": {"type": "object", "additionalProperties": {"type": "string"}},
    "rules": {
        "anyOf": [
            _STRINGS,
            {"type": "object", "properties": {"folders": _STRINGS}, "additionalProperties": {"type": "object"}},
        ]
    },
}


def config_schema() -> dict[str, Any]:
    """Of ``lint-image.toml``, and of the table ``[tool.lint-image]``: JSON Schema, draft 2020-12."""
    keys = {name: _schema(name, key) for name, key in KEYS.items()}
    override = {
        "type": "object",
        "properties": {"files": _STRINGS, **keys},
        "required": ["files"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of lambda-image-lint",
        "type": "object",
        "properties": {**keys, "extend": {"type": "string"}, "overrides": {"type": "array", "items": override}},
        "additionalProperties": False,
    }


def _schema(name: str, key: Key) -> dict[str, Any]:
    if name == "severity":
        return {"type": "object", "additionalProperties": {"enum": list(LEVELS)}}
    return {"enum": list(key.choices)} if key.kind == "choice" else _KINDS[key.kind]
