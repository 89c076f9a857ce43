"""Every row of every table has its shape and its source."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lambda_image_lint import knowledge
from lambda_image_lint.knowledge.load import table

FOLDER = Path(knowledge.__file__).parent
TABLES = sorted(path.stem for path in FOLDER.glob("*.toml"))

# array → (keys that every row has, keys that it may have), by table
SHAPES: dict[str, dict[str, tuple[set[str], set[str]]]] = {
    "base_images": {"version": ({"language", "tag", "os"}, {"runtime", "preview"})},
    "runtimes": {"runtime": ({"id", "language", "os", "deprecated"}, {"block_create", "block_update", "variant"})},
    "limits": {"limit": ({"id", "value", "unit", "what", "enforced"}, set())},
    "reserved_environment": {
        "web_adapter_ready": ({"version", "statuses"}, set()),
        "web_adapter_variable": ({"name", "since"}, {"until"}),
    },
    "operating_systems": {
        "release": ({"distribution", "version", "libc"}, {"codename", "end", "libc_version"}),
        "product": ({"name", "version", "end"}, {"dropped"}),
        "product_in_name": ({"product", "pattern"}, set()),
        "image": (
            {"repository"},
            {"distribution", "release", "is_distribution", "product", "entrypoint", "command", "working_dir", "programs", "top_level",
             "environment"},
        ),
    },
    "suites": {"suites": ({"repositories", "words", "since"}, {"variants", "live", "branch", "precision"})},
    "tools": {
        "manager": ({"os", "present", "absent", "use"}, set()),
        "missing": ({"os", "command", "package"}, set()),
        "installer": ({"url", "folders"}, set()),
        "unavailable": ({"os", "package", "instead"}, {"since", "severity", "elsewhere"}),
        "uv_option": ({"name", "since"}, set()),
    },
    "errors": {"error": ({"text", "rules", "look"}, set())},
    "clients": {
        "client": ({"name", "language"}, {"package", "module", "bytes", "main_class"}),
        "image": ({"repository", "client", "path", "mode"}, set()),
        "base": ({"repositories", "client", "entrypoint"}, set()),
    },
}  # fmt: skip


def rows() -> Iterator[Any]:
    for name in TABLES:
        for key, value in table(name).items():
            for number, row in enumerate(value if isinstance(value, list) else ()):
                if isinstance(row, dict):
                    yield pytest.param(name, key, row, id=f"{name}-{key}-{number}")


def test_every_table_is_described_here() -> None:
    assert set(SHAPES) == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_says_where_it_comes_from_and_when_it_was_read(name: str) -> None:
    whole = table(name)
    assert re.match(r"https://|own: ", whole["source"])
    assert isinstance(whole["read"], date)
    assert whole["read"] <= date.fromisoformat(knowledge.VERSION)


@pytest.mark.parametrize(("name", "array", "row"), list(rows()))
def test_a_row_has_its_shape(name: str, array: str, row: dict[str, Any]) -> None:
    required, allowed = SHAPES[name][array]
    assert required <= set(row) <= required | allowed | {"source", "read"}
    assert all(re.match(r"https://|own: ", source) for source in [row.get("source", "own: ")])
    for key in ("deprecated", "block_create", "block_update", "end"):
        assert isinstance(row.get(key, date.min), date)


@pytest.mark.parametrize("name", TABLES)
def test_no_two_rows_say_the_same_thing(name: str) -> None:
    for array, (required, _) in SHAPES[name].items():
        identity = [key for key in ("id", "language", "os", "tag", "command", "package", "name", "text", "repository",
                                    "distribution", "version", "repositories", "words", "url") if key in required]  # fmt: skip
        seen = [tuple(str(row[key]) for key in identity) for row in table(name)[array]]
        assert len(seen) == len(set(seen))


def test_every_version_of_a_base_names_a_runtime_of_its_language_and_system() -> None:
    for row in table("base_images")["version"]:
        if row.get("preview") or row["tag"] == "latest":
            continue
        runtime = knowledge.runtime(row["runtime"])
        assert runtime is not None, row
        assert (runtime.language, runtime.os) == (row["language"], row["os"])


def test_every_runtime_has_a_base_image() -> None:
    named = {row["runtime"] for row in table("base_images")["version"] if "runtime" in row}
    assert set(knowledge.all_runtimes()) == named


def test_a_block_never_comes_before_the_deprecation() -> None:
    for runtime in knowledge.all_runtimes().values():
        dates = [day for day in (runtime.deprecated, runtime.block_create, runtime.block_update) if day is not None]
        assert dates == sorted(dates), runtime.id


def test_the_rules_behind_an_error_are_written_as_rules_are() -> None:
    for error in knowledge.known_errors():
        assert error.rules
        assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule) for rule in error.rules)
