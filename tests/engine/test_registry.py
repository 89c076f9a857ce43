"""Rules come through one loader: the built-in folder, a folder of one's own, an installed package."""

import os
import subprocess
import sys
from pathlib import Path

from lambda_image_lint.engine import registry

RULE = '''\
from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule


@rule("ACME1", Severity.WARNING, sources=("own: house",), help="Do.")
def house_rule(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A rule of the house."""
    yield Finding("told", dockerfile.instructions[0].place)
'''


def test_the_built_in_rules_are_those_of_the_checkout() -> None:
    assert registry.builtin_folder() == Path(__file__).parents[2] / "rules"


def test_an_installed_package_brings_its_rules(tmp_path: Path) -> None:
    package = tmp_path / "acme_lambda_rules"
    (package / "house").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "house/house_rule.py").write_text(RULE)
    (package / "house/house_rule.md").write_text("# House\n")
    information = tmp_path / "acme_lambda_rules-1.0.dist-info"
    information.mkdir()
    (information / "entry_points.txt").write_text(
        "[console_scripts]\nx = y:z\n\n[lambda_image_lint.rules]\nacme = acme_lambda_rules\n"
    )
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    done = subprocess.run(
        [sys.executable, "-m", "lambda_image_lint", "check", "-f", "concise", "--select", "house", "Dockerfile"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "house-rule" in done.stdout
