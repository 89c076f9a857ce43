"""The code is held to ruff, mypy --strict and the import contracts, as a contributor would run them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

TOOLS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "import contracts": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
}


@pytest.mark.xdist_group("quality")
@pytest.mark.parametrize("tool", TOOLS)
def test_the_code_passes(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, *TOOLS[tool]], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_stay_small_enough_to_hold_in_the_head() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in ROOT.glob("lambda_image_lint/**/*.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 420
    }
    assert long == {}
