"""Settings: what the command line and the configuration files ask for, and where each value came from.

A configuration file is ``lint-image.toml``, or the table ``[tool.lint-image]`` of a ``pyproject.toml``; in one folder the
former wins. The nearest one upward from each target counts; ``extend`` names a file that it builds upon. Keys are the
long options' names; an unknown key is an error that names the nearest known one.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from lambda_image_lint.errors import ConfigError, UsageError

FILE_NAME = "lint-image.toml"
LEVELS = ("error", "warning", "info")
ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
"""Lambda's word → the word of an image's config."""


class Key(Struct, frozen=True):
    """What one configuration key holds."""

    kind: str
    """``list``, ``string``, ``path``, ``paths``, ``flag``, ``choice``, ``date``, ``table`` or ``count``."""
    choices: tuple[str, ...] = ()


KEYS: Mapping[str, Key] = {
    "select": Key("list"),
    "extend-select": Key("list"),
    "ignore": Key("list"),
    "severity": Key("table"),
    "fail-on": Key("choice", (*LEVELS, "never")),
    "unsafe-fixes": Key("flag"),
    "output-format": Key("list"),
    "statistics": Key("flag"),
    "lambda": Key("flag"),
    "arch": Key("choice", tuple(ARCHITECTURES)),
    "platform": Key("string"),
    "target": Key("string"),
    "build-arg": Key("table"),
    "context": Key("path"),
    "dockerfile": Key("path"),
    "baseline": Key("path"),
    "no-layers": Key("flag"),
    "no-cache": Key("flag"),
    "cache-dir": Key("path"),
    "insecure-registry": Key("list"),
    "offline": Key("flag"),
    "as-of": Key("date"),
    "color": Key("choice", ("auto", "always", "never")),
    "jobs": Key("count"),
    "rules": Key("rules"),
}


class Settings(Struct, frozen=True):
    """What counts for one target. Rules may ask for it as a fact."""

    values: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    """Key → ``command line``, a configuration file's path, or ``default``."""

    def _tuple(self, key: str) -> tuple[str, ...]:
        return tuple(self.values.get(key, ()))

    @property
    def select(self) -> tuple[str, ...]:
        """Ids, id prefixes, names or groups; empty: every rule that is not opt-in."""
        return self._tuple("select")

    @property
    def extend_select(self) -> tuple[str, ...]:
        """On top of `select`."""
        return self._tuple("extend-select")

    @property
    def ignore(self) -> tuple[str, ...]:
        """Ids, id prefixes, names or groups that do not run."""
        return self._tuple("ignore")

    @property
    def severity(self) -> Mapping[str, str]:
        """Rule, prefix or group → level."""
        return dict(self.values.get("severity", {}))

    @property
    def fail_on(self) -> str:
        """The least severity that fails the run, or ``never``."""
        return str(self.values.get("fail-on", "warning"))

    @property
    def as_of(self) -> date:
        """The day that dates are held against; today unless given."""
        value = self.values.get("as-of")
        return value if isinstance(value, date) else date.today()

    @property
    def arch(self) -> str | None:
        """The wanted architecture in an image's words (``amd64``, ``arm64``); None where nobody said."""
        value = self.values.get("arch")
        return ARCHITECTURES[value] if value else None

    @property
    def platform(self) -> str | None:
        """The platform to choose of an index, ``linux/amd64``."""
        return self.values.get("platform")

    @property
    def target(self) -> str | None:
        """The stage that is built; None: the last one."""
        return self.values.get("target")

    @property
    def build_args(self) -> Mapping[str, str]:
        """What ``--build-arg`` gives."""
        return dict(self.values.get("build-arg", {}))

    @property
    def lambda_(self) -> bool | None:
        """Whether a Dockerfile is meant for Lambda; None: by its signs."""
        return self.values.get("lambda")

    @property
    def rule_folders(self) -> tuple[Path, ...]:
        """Folders of further rules."""
        rules = self.values.get("rules", {})
        return tuple(Path(folder) for folder in rules.get("folders", ()))

    @property
    def rules_with_options(self) -> tuple[str, ...]:
        """The NAMEs of the tables ``[rules.NAME]``."""
        return tuple(name for name in self.values.get("rules", {}) if name != "folders")

    @property
    def jobs(self) -> int | None:
        """Processes for many Dockerfiles; None: one for each processor."""
        return self.values.get("jobs")

    def options(self, rule: str) -> Mapping[str, Any]:
        """The table ``[rules.NAME]``: a rule's own options."""
        table = self.values.get("rules", {}).get(rule, {})
        return table if isinstance(table, dict) else {}

    def flag(self, key: str) -> bool:
        """A yes-or-no setting, no by default."""
        return bool(self.values.get(key, False))

    def path(self, key: str) -> Path | None:
        """A path setting."""
        value = self.values.get(key)
        return Path(value) if value else None


def load(
    target: Path | None, command_line: Mapping[str, Any], *, config: Path | None = None, isolated: bool = False
) -> Settings:
    """The settings for a target: the nearest file upward from it (or `config`), overrides that match, the command line.

    Raises `ConfigError` for a file that cannot be read or holds an unknown key.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    found = None if isolated else config or (find(target) if target else None)
    if found is not None:
        merge(values, origins, *_file(found))
        for override, origin in _overrides(found, target):
            merge(values, origins, override, origin)
    merge(values, origins, check(command_line, "command line", Path.cwd()), "command line")
    return Settings(values, origins)


def merge(values: dict[str, Any], origins: dict[str, str], more: Mapping[str, Any], origin: str) -> None:
    """Lay `more` over `values`: tables are merged key by key, everything else is replaced."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(values.get(key), dict):
            value = {**values[key], **value}
        values[key] = value
        origins[key] = origin


def find(target: Path) -> Path | None:
    """The configuration file that counts for a target: the nearest upward."""
    return _find(target.absolute().parent if not target.is_dir() else target.absolute())


@lru_cache(maxsize=4096)
def _find(folder: Path) -> Path | None:
    own = folder / FILE_NAME
    if own.is_file():
        return own
    project = folder / "pyproject.toml"
    if project.is_file() and "lint-image" in _toml(project).get("tool", {}):
        return project
    return None if folder.parent == folder else _find(folder.parent)


@lru_cache(maxsize=256)
def _toml(file: Path) -> Mapping[str, Any]:
    from lambda_image_lint.toml import TomlError, parse

    try:
        return parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TomlError) as error:
        raise ConfigError(
            f"cannot read the configuration {file}: {error}", "Mend the file, or pass --isolated"
        ) from error


def _table(file: Path) -> Mapping[str, Any]:
    data = _toml(file)
    table = data.get("tool", {}).get("lint-image", {}) if file.name == "pyproject.toml" else data
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: [tool.lint-image] is no table", "Write it as a table")
    return table


def _file(file: Path, seen: tuple[Path, ...] = ()) -> tuple[dict[str, Any], str]:
    """The values of a file, `extend` followed."""
    if file in seen:
        raise ConfigError(f"{file} extends itself", "Remove one of the extend keys")
    table = dict(_table(file))
    base: dict[str, Any] = {}
    if (extend := table.pop("extend", None)) is not None:
        parent = (file.parent / str(extend)).resolve()
        if not parent.is_file():
            raise ConfigError(f"{file} extends {extend}, which is not there", "Correct the path, relative to that file")
        base, _ = _file(parent, (*seen, file))
    table.pop("overrides", None)
    merge(base, {}, check(table, str(file), file.parent), str(file))
    return base, str(file)


def _overrides(file: Path, target: Path | None) -> Iterable[tuple[Mapping[str, Any], str]]:
    """The ``[[overrides]]`` of a file whose ``files`` match the target, in order."""
    for number, override in enumerate(_table(file).get("overrides", ()), 1):
        origin = f"{file} overrides[{number}]"
        if not isinstance(override, dict) or not isinstance(override.get("files"), list):
            raise ConfigError(f"{origin} has no list `files`", 'Write files = ["services/**"]')
        rest = check({key: value for key, value in override.items() if key != "files"}, origin, file.parent)
        if target is None:
            continue
        absolute = target.absolute()
        relative = (
            absolute.relative_to(file.parent).as_posix()
            if absolute.is_relative_to(file.parent)
            else absolute.as_posix()
        )
        if any(fnmatch(relative, pattern.removeprefix("./")) for pattern in override["files"]):
            yield rest, origin


def check(table: Mapping[str, Any], origin: str, folder: Path) -> dict[str, Any]:
    """Hold a table to `KEYS`; paths become absolute from `folder`. Raises `ConfigError`."""
    error = UsageError if origin == "command line" else ConfigError
    checked = {}
    for key, value in table.items():
        known = KEYS.get(key)
        if known is None:
            raise error(f"{origin}: unknown key `{key}`", nearest(key, KEYS))
        problem, checked[key] = _value(known, value, folder)
        if problem:
            raise error(f"{origin}: `{key}` is {value!r}, {problem}", "See `lint-image config` for what each key holds")
    return checked


def _value(key: Key, value: Any, folder: Path) -> tuple[str, Any]:
    """(what is wrong with it, the value as `Settings` keeps it)."""
    match key.kind:
        case "list" if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return "", tuple(value)
        case "list" if isinstance(value, str):
            return "", (value,)
        case "string" if isinstance(value, str):
            return "", value
        case "path" if isinstance(value, str | Path):
            return "", str(folder / value)
        case "flag" if isinstance(value, bool):
            return "", value
        case "count" if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return "", value
        case "choice" if value in key.choices:
            return "", value
        case "choice":
            return f"not one of {', '.join(key.choices)}", None
        case "date" if isinstance(value, date):
            return "", value
        case "date" if isinstance(value, str):
            try:
                return "", date.fromisoformat(value)
            except ValueError:
                return "not a date like 2026-11-23", None
        case "table" if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return "", dict(value)
        case "rules" if isinstance(value, list | tuple):
            return "", {"folders": [str(folder / item) for item in value]}
        case "rules" if isinstance(value, dict):
            folders = {"folders": [str(folder / item) for item in value["folders"]]} if "folders" in value else {}
            return "", {**value, **folders}
    return f"not a {key.kind}", None


def nearest(word: str, known: Iterable[str]) -> str:
    """``Did you mean …?``, or the list of what there is."""
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    return f"Did you mean `{close[0]}`?" if close else f"Known are: {', '.join(names)}"
