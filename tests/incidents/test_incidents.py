"""Each failure that people met is found, and gone once its Dockerfile is mended."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.boot.variants import load

INCIDENTS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "incidents.toml").read_text())["incident"]
VARIANTS = {variant.id: variant for variant in load()}

each_incident = pytest.mark.parametrize("incident", [pytest.param(row, id=row["name"]) for row in INCIDENTS])


def check(folder: Path, *options: str) -> set[str]:
    """The rules that fire on the Dockerfile of a folder."""
    command = [sys.executable, "-m", "lambda_image_lint", "check", "-f", "json", "--isolated", *options]
    done = subprocess.run(
        [*command, str(folder / "Dockerfile")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return {finding["rule"] for finding in json.loads(done.stdout)["findings"]}


def write(folder: Path, incident: dict[str, Any], dockerfile: str) -> Path:
    for name, content in incident.get("context", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
        (folder / name).chmod(int(incident.get("modes", {}).get(name, "0644"), 8))
    (folder / "Dockerfile").write_text(dockerfile.lstrip("\n"))
    return folder


@each_incident
def test_it_is_found(incident: dict[str, Any], tmp_path: Path) -> None:
    assert set(incident["rules"]) <= check(write(tmp_path, incident, incident["dockerfile"]))


@each_incident
def test_it_is_gone_once_mended(incident: dict[str, Any], tmp_path: Path) -> None:
    if incident.get("by_fix"):
        folder = write(tmp_path, incident, incident["dockerfile"])
        left = check(folder, "--fix", "--unsafe-fixes")
        assert (folder / "Dockerfile").read_text() != incident["dockerfile"].lstrip("\n")
    else:
        left = check(write(tmp_path, incident, incident["fixed"]))
    assert not set(incident["rules"]) & left


@each_incident
def test_the_boots_that_show_it_are_in_the_table_of_boots(incident: dict[str, Any]) -> None:
    boots = incident.get("boots", {})
    if "broken" in boots:
        assert VARIANTS[boots["broken"]].boot != "ok"
    if "fixed" in boots:
        assert VARIANTS[boots["fixed"]].boot == "ok"
