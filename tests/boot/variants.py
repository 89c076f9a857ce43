"""The table: what stands in ``variants/*.toml``, one file a family."""

import platform
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.function_image import LIBRARIES

FOLDER = Path(__file__).parent / "variants"

MARKS = {
    "PYTHON": f"python{sys.version_info.major}.{sys.version_info.minor}",
    "CPYTHON": f"cpython-{sys.version_info.major}{sys.version_info.minor}",
    "MACHINE": platform.machine(),
    "LIBRARIES": LIBRARIES,
}
"""What this machine calls things; written ``@PYTHON@`` in the tables."""


@dataclass(frozen=True)
class Entry:
    """One path of a variant's own layer; exactly one of the first five says what it is."""

    text: str | None = None
    artefact: str | None = None
    """A file or folder that the family's build left."""
    elf: str | None = None
    """A program of a few bytes: for this machine (``own``), or for one that it is not (``other``)."""
    link: str | None = None
    directory: bool = False
    mode: int | None = None
    """None: 0644 for text, 0755 for the rest, an artefact's own mode."""
    uid: int = 0
    gid: int = 0
    replace: tuple[str, str] | None = None
    """Bytes of an artefact to change, of equal length."""


@dataclass(frozen=True)
class Variant:
    """An image, how it boots, and what a linter has to say."""

    family: str
    name: str
    boot: str
    """``ok``, else the error's type in Lambda's words."""
    rules: tuple[str, ...]
    """Of these at least one has to be reported as an error."""
    message: str
    """A part of the boot's error message."""
    undecided: str
    """Why a linter may leave it open; empty: it has to decide."""
    entrypoint: tuple[str, ...] | None
    """None: the family's."""
    command: tuple[str, ...]
    environment: Mapping[str, str]
    working_dir: str | None
    config: Mapping[str, object]
    """Further keys of the image's config."""
    files: Mapping[str, Entry] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    source: str = ""
    """Where people met it."""

    @property
    def id(self) -> str:
        """``family/name``."""
        return f"{self.family}/{self.name}"


def load() -> tuple[Variant, ...]:
    """All variants, in the order of their files."""
    return tuple(variant for path in sorted(FOLDER.glob("*.toml")) for variant in _of_file(path))


def _of_file(path: Path) -> Iterator[Variant]:
    text = path.read_text()
    for mark, meaning in MARKS.items():
        text = text.replace(f"@{mark}@", meaning)
    table = tomllib.loads(text)
    family = path.stem
    defaults = table.pop("defaults", {})
    rows = table.pop("variant")
    assert not table, f"{path.name}: {sorted(table)} mean nothing"
    for row in rows:
        yield _variant(family, row, defaults)


def _variant(family: str, row: dict[str, object], defaults: Mapping[str, object]) -> Variant:
    merged = {**defaults, **row}
    files: dict[str, object] = {**_mapping(defaults.get("files")), **_mapping(row.get("files"))}
    for path in _words(merged.pop("without", ())):
        del files[path]
    merged.pop("files", None)
    merged.pop("why", None)
    variant = Variant(
        family=family,
        name=str(merged.pop("name")),
        boot=str(merged.pop("boot")),
        rules=_words(merged.pop("rules", ())),
        message=str(merged.pop("message", "")),
        undecided=str(merged.pop("undecided", "")),
        entrypoint=_words(merged.pop("entrypoint")) if "entrypoint" in merged else None,
        command=_words(merged.pop("cmd", ())),
        environment={name: str(value) for name, value in _mapping(merged.pop("env", None)).items()},
        working_dir=str(merged.pop("workdir")) if "workdir" in merged else None,
        config=_mapping(merged.pop("config", None)),
        files={path: _entry(value) for path, value in files.items()},
        removed=_words(merged.pop("removed", ())),
        source=str(merged.pop("source", "")),
    )
    assert not merged, f"{variant.id}: {sorted(merged)} mean nothing"
    assert (variant.boot == "ok") == (not variant.rules), f"{variant.id}: rules for what fails, and only for that"
    return variant


def _entry(value: object) -> Entry:
    if isinstance(value, str):
        return Entry(text=value)
    keys = _mapping(value)
    mode = keys.pop("mode", None)
    replace = keys.pop("replace", None)
    old_and_new = _words(replace) if replace else None
    assert old_and_new is None or len(old_and_new[0]) == len(old_and_new[1])
    pair = (old_and_new[0], old_and_new[1]) if old_and_new else None
    return Entry(mode=None if mode is None else int(str(mode), 8), replace=pair, **keys)  # type: ignore[arg-type]


def _mapping(value: object) -> dict[str, object]:
    assert value is None or isinstance(value, dict)
    return dict(value or {})


def _words(value: object) -> tuple[str, ...]:
    assert isinstance(value, list | tuple)
    return tuple(str(word) for word in value)
