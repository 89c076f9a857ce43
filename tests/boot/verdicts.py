"""What the linter says of the variants, a family at a time: one run of the command on all its OCI layouts."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.boot import images
from tests.boot.variants import Variant, load
from tests.engines import once_in_run

STARTS, FAILS, UNDECIDED = "starts", "fails", "undecided"

HUNDREDS = ("LIL2", "LIL3", "LIL4", "LIL5", "LIL6")
"""Groups that tell whether the function starts: startup, handler, files, native, environment."""
LEFT_TO_THE_FUNCTION = ("cmd-missing",)
"""Rules that only warn because the function's configuration, unseen here, may supply what is missing."""
NOT_ABOUT_THE_START = ("reserved-env", "secret-in-env", "secret-file-copied")
"""Errors of those groups that are faults, and do not keep the function from starting."""


@dataclass(frozen=True)
class Verdict:
    """What the linter says of one variant."""

    word: str
    errors: tuple[str, ...]
    """The rules that it reports as errors."""
    why: tuple[str, ...]
    """What it could not decide."""


def truth(variant: Variant) -> str:
    """What the table says, in the same words."""
    return STARTS if variant.boot == "ok" else FAILS


def of(variant: Variant) -> Verdict:
    """The linter's verdict; the test is skipped where there is no command yet to ask."""
    if find_spec("lambda_image_lint.cli") is None:
        pytest.skip("there is no command line in this checkout")
    report = _report(variant.family)
    target = next(name for name in report["targets"] if name.endswith(f"/{variant.name}"))
    return _verdict(report["targets"][target])


@cache
def _report(family: str) -> dict[str, dict[str, dict[str, list[dict[str, str]]]]]:
    made = images.base(family)

    def make(folder: Path) -> dict[str, str]:
        mine = [variant for variant in load() if variant.family == family]
        layouts = [images.layout(made, variant, folder / variant.name) for variant in mine]
        targets = [f"oci:{path}" for path in layouts]
        cache = ["--cache-dir", str(folder / "cache")]  # the base is read once, and not once a variant
        options = ["--select", ",".join(HUNDREDS), "-f", "json", "--isolated", "--offline", *cache]
        command = [sys.executable, "-m", "lambda_image_lint", "check", *options, *targets]
        done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
        path = folder / "report.json"
        path.write_text(done.stdout)
        for layout in layouts:
            shutil.rmtree(layout)
        return {"report": str(path), "exit_code": str(done.returncode), "said": done.stderr[-2000:]}

    told = once_in_run(f"boot-verdicts-{family}", make)
    # Asserted here and not above: what cannot be made is skipped, and a linter that breaks down must not be.
    assert told["exit_code"] in ("0", "1"), f"the linter ended with {told['exit_code']}: {told['said']}"
    report = json.loads(Path(told["report"]).read_text())
    names = [target["name"] for target in report["targets"]]
    return {
        "targets": {
            name: {key: [entry for entry in report[key] if entry["target"] == name] for key in ("findings", "not_run")}
            for name in names
        }
    }


def _verdict(told: dict[str, list[dict[str, str]]]) -> Verdict:
    findings = told["findings"]
    errors = tuple(finding["rule"] for finding in findings if finding["severity"] == "error")
    errors = tuple(rule for rule in errors if rule not in NOT_ABOUT_THE_START)
    open_questions = [f"{entry['rule']}: {entry['reason']}" for entry in told["not_run"]]
    open_questions += [finding["rule"] for finding in findings if finding["rule"] in LEFT_TO_THE_FUNCTION]
    word = FAILS if errors else UNDECIDED if open_questions else STARTS
    return Verdict(word, errors, tuple(open_questions))
