"""The GitHub Action: its steps, run as a runner would."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.shims import ROOT, bash, offline_pip

BAD = "FROM public.ecr.aws/lambda/python:3.12\nRUN pip3 install --user requests\nCMD app.handler\n"


@pytest.fixture(scope="module")
def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


class Runner:
    """Enough of a runner: expressions, files for outputs and summaries, steps in order."""

    def __init__(self, folder: Path, action: Any) -> None:
        self.work = folder / "work dir"
        self.temp = folder / "temp"
        self.work.mkdir()
        self.temp.mkdir()
        self.action = action
        self.output = folder / "output"
        self.summary = folder / "summary.md"

    def step(self, number: int, inputs: dict[str, str], code: int = 0, more: dict[str, str] | None = None) -> str:
        step = self.action["runs"]["steps"][number]
        given = {name: one.get("default", "") for name, one in self.action["inputs"].items()} | inputs
        contexts = {f"inputs.{name}": value for name, value in given.items()} | {"github.action_path": str(ROOT)}
        environment = {
            name: re.sub(r"\$\{\{ *([\w.]+) *\}\}", lambda match: contexts[match[1]], value)
            for name, value in step["env"].items()
        }
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input in a script is a command"
        files = {"RUNNER_TEMP": self.temp, "GITHUB_OUTPUT": self.output, "GITHUB_STEP_SUMMARY": self.summary}
        return bash(
            step["run"],
            self.work,
            {**{name: str(path) for name, path in files.items()}, **environment, **(more or {})},
            code,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, action: Any) -> Runner:
    runner = Runner(tmp_path_factory.mktemp("action"), action)
    import sys

    runner.step(0, {"python": sys.executable}, more=offline_pip())
    return runner


def test_it_annotates_fills_the_summary_and_fails_on_findings(installed: Runner) -> None:
    (installed.work / "Dockerfile").write_text(BAD)
    inputs = {"targets": "Dockerfile", "sarif": "out.sarif", "args": "--select pip-user-install"}
    said = installed.step(1, inputs, code=1, more=offline_pip())
    assert re.search(r"(?m)^::error file=Dockerfile,line=2,.*title=pip-user-install \(LIL\d+\)::", said)
    assert "| `pip-user-install` LIL" in installed.summary.read_text(encoding="utf-8")
    assert installed.output.read_text().splitlines()[-1] == "exit-code=1"
    assert json.loads((installed.work / "out.sarif").read_text())["version"] == "2.1.0"


def test_it_passes_when_nothing_is_wrong(installed: Runner) -> None:
    (installed.work / "Dockerfile").write_text(BAD)
    installed.step(1, {"targets": "Dockerfile", "args": "--select parse-error"}, more=offline_pip())
    assert installed.output.read_text().splitlines()[-1] == "exit-code=0"


def test_an_input_is_never_run_as_a_command(installed: Runner) -> None:
    installed.step(1, {"targets": "$(touch pwned) `touch pwned` ;touch pwned *"}, code=2, more=offline_pip())
    assert not (installed.work / "pwned").exists()


def test_every_input_is_described_and_has_a_default(action: Any) -> None:
    for one in action["inputs"].values():
        assert one["description"]
        assert "default" in one
    assert action["runs"]["using"] == "composite"
