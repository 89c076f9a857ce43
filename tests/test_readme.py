"""What README shows is what happens: its output, its table of rules, its commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lambda_image_lint.__main__ import COMMANDS
from lambda_image_lint.cli import app
from lambda_image_lint.explain import table
from tests.commands import lint_image

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
_OUTPUT = re.compile(r"<!-- output: lint-image (.*?) -->\n```\n(.*?)```\n", re.DOTALL)
_RULES = re.compile(r"<!-- rules -->\n(.*?)<!-- /rules -->", re.DOTALL)


def _run(words: str) -> str:
    command = [sys.executable, "-m", "lambda_image_lint", *words.split()]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60).stdout


def _current(text: str) -> str:
    text = _OUTPUT.sub(lambda match: f"<!-- output: lint-image {match[1]} -->\n```\n{_run(match[1])}```\n", text)
    return _RULES.sub(lambda _: f"<!-- rules -->\n{table('markdown')}<!-- /rules -->", text)


def test_output_and_table_are_the_real_ones(request: pytest.FixtureRequest) -> None:
    text = README.read_text(encoding="utf-8")
    if request.config.getoption("--update-pages"):
        README.write_text(_current(text), encoding="utf-8")
    else:
        assert _current(text) == text, "pytest --update-pages -k readme rewrites them"


@pytest.mark.parametrize("heading", ["Quick start", "Tests"])
def test_each_of_the_two_commands_is_one_line_in_one_block(heading: str) -> None:
    section = README.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 1
    assert len(blocks[0].strip().splitlines()) == 1


@pytest.mark.xdist_group("packaging")
def test_the_quick_start_works_on_a_fresh_copy(tmp_path: Path) -> None:
    section = README.read_text(encoding="utf-8").split("## Quick start\n")[1]
    command = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)[0].replace("python3", sys.executable, 1)
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if not name.startswith(("tests/", "benchmarks/")) and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "home").mkdir()
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home"), "LANG": "C.UTF-8"}
    import os

    environment |= {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "SSL_", "REQUESTS_"))}
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pip-user-install" in done.stdout


def test_the_entry_point_knows_every_command() -> None:
    names = {
        command.name or (command.callback.__name__ if command.callback else "") for command in app.registered_commands
    }
    assert names == COMMANDS


def test_five_commands_lead_from_a_clone_to_a_failing_and_then_a_passing_gate(tmp_path: Path) -> None:
    block = README.read_text(encoding="utf-8").split("<!-- gate -->\n```\n")[1].split("```")[0]
    clone, install, *commands = block.strip().splitlines()
    assert clone.startswith("git clone ")
    assert install.endswith("pip install -q .")
    (tmp_path / "fixtures/quickstart").mkdir(parents=True)
    for file in (ROOT / "fixtures/quickstart").iterdir():
        (tmp_path / "fixtures/quickstart" / file.name).write_bytes(file.read_bytes())
    codes = [lint_image(*command.split()[1:], cwd=tmp_path).code for command in commands]
    assert codes == [1, 0, 0]
