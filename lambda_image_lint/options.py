"""Options of the command line → configuration values, and settings shown."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lambda_image_lint.errors import UsageError
from lambda_image_lint.settings import KEYS, Settings, load, nearest


def collect(given: Mapping[str, Any], config: Sequence[str]) -> tuple[dict[str, Any], Path | None]:
    """(values of the options that were given, the configuration file named by ``--config``).

    Lists may be repeated or comma-separated; ``K=V`` options become tables; ``--config KEY=VALUE`` is read as TOML, a
    bare word as a string.
    """
    values: dict[str, Any] = {}
    file = None
    for word in config:
        key, equals, text = word.partition("=")
        if Path(word).is_file():
            file = Path(word)
        elif equals:
            values.update(_toml(key.strip(), text.strip()))
        else:
            raise UsageError(
                f"--config {word}: neither a file nor KEY=VALUE", "Give a configuration file, or key=value"
            )
    for key, value in given.items():
        if value is None or value == []:
            continue
        kind = KEYS[key].kind
        if kind == "list" and key != "output-format":
            value = [part.strip() for item in value for part in item.split(",") if part.strip()]
        elif kind == "table":
            value = _pairs(key, value)
        elif kind == "rules":
            value = [str(folder) for folder in value]
        values[key] = value
    return values, file


def _toml(key: str, text: str) -> dict[str, Any]:
    from lambda_image_lint.toml import TomlError, parse

    try:
        return parse(f"{key} = {text}")
    except TomlError:
        try:
            return parse(f"{key} = {_quoted(text)}")
        except TomlError as error:
            raise UsageError(f"--config {key}={text}: {error}", "Write KEY=VALUE as in a configuration file") from error


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _pairs(key: str, items: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise UsageError(f"--{key} {item}: no `=`", f"Write --{key} NAME=VALUE")
        pairs[name] = value
    return pairs


def show(target: Path | None, values: Mapping[str, Any], *, config: Path | None, isolated: bool) -> str:
    """Each key, its value and where it came from, a line each."""
    if target is not None and not target.exists():
        raise UsageError(f"no file or folder {str(target)!r}", nearest(str(target), [p.name for p in Path().iterdir()]))
    settings = load(target or Path(), values, config=config, isolated=isolated)
    rows = [(key, _shown(_effective(settings, key)), settings.origins.get(key, "default")) for key in sorted(KEYS)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "".join(f"{key:<{widths[0]}}  {value:<{widths[1]}}  {origin}\n" for key, value, origin in rows)


def _effective(settings: Settings, key: str) -> Any:
    """What counts where nobody said anything; None where that depends on the target, or is nothing."""
    if key in settings.values:
        return settings.values[key]
    if KEYS[key].kind == "flag" and key != "lambda":  # without a word on it, the Dockerfile's own signs decide
        return False
    return {"fail-on": settings.fail_on, "as-of": settings.as_of, "color": "auto", "output-format": "human"}.get(key)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_shown(item)}" for key, item in value.items()) or "-"
    return str(value).lower() if isinstance(value, bool) else str(value)
