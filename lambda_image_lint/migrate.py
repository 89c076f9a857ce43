"""``lint-image config import``: what hadolint's configuration asks for, in ours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lambda_image_lint.engine import registry
from lambda_image_lint.errors import UsageError

_LEVELS = {"error": "error", "warning": "warning", "info": "info", "style": "info"}
_THRESHOLDS = {**_LEVELS, "ignore": "info", "none": "never"}


def from_hadolint(file: Path) -> str:
    """The text of a ``lint-image.toml`` that says what a ``.hadolint.yaml`` says, as far as the rules correspond.

    What has no counterpart is left as a comment. Raises `UsageError` for a file that is none.
    """
    import yaml

    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except FileNotFoundError as error:
        raise UsageError(
            f"no file {file}", "Name hadolint's configuration: lint-image config import .hadolint.yaml"
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "Mend it; hadolint would refuse it too") from error
    if not isinstance(data, dict):
        raise UsageError(f"{file} holds no mapping", "It is no configuration of hadolint's")
    return "".join(f"{line}\n" for line in _lines(data, _counterparts()))


def _counterparts() -> dict[str, list[str]]:
    """hadolint's id → names of our rules for the same fault."""
    found: dict[str, list[str]] = {}
    for rule in registry.load().values():
        for alias in rule.aliases:
            found.setdefault(alias, []).append(rule.name)
    return found


def _lines(data: Mapping[str, Any], counterparts: Mapping[str, list[str]]) -> list[str]:
    lines = ["# From hadolint's configuration"]
    ignored, unknown = _translate(data.get("ignored"), counterparts)
    if ignored:
        lines.append(f"ignore = [{', '.join(_quoted(name) for name in ignored)}]")
    threshold = data.get("failure-threshold")
    if data.get("no-fail") is True:
        lines.append('fail-on = "never"')
    elif threshold in _THRESHOLDS:
        lines.append(f"fail-on = {_quoted(_THRESHOLDS[threshold])}")
    severities: dict[str, str] = {}
    overrides = data.get("override")
    for level, ids in (overrides if isinstance(overrides, dict) else {}).items():
        names, more = _translate(ids, counterparts)
        unknown += more
        severities.update(dict.fromkeys(names, _LEVELS.get(level, "info")))
    if severities:
        lines += ["", "[severity]", *(f"{name} = {_quoted(level)}" for name, level in sorted(severities.items()))]
    if unknown:
        lines += ["", f"# Nothing corresponds to: {', '.join(sorted(set(unknown)))}"]
    others = sorted(set(data) - {"ignored", "failure-threshold", "no-fail", "override"})
    if others:
        lines.append(f"# Not taken over: {', '.join(map(str, others))}")
    return lines


def _translate(ids: Any, counterparts: Mapping[str, list[str]]) -> tuple[list[str], list[str]]:
    """(our names, ids that nothing corresponds to)."""
    wanted = [str(one) for one in ids] if isinstance(ids, list) else []
    names = sorted({name for one in wanted for name in counterparts.get(one, ())})
    return names, [one for one in wanted if one not in counterparts]


def _quoted(text: str) -> str:
    return f'"{text}"'
