"""What is installed is what is in the checkout: the wheel and the sdist carry the rules."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.xdist_group("packaging")


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "-q", "-o", str(out), str(ROOT)], check=True, timeout=300)
    return out


def test_the_wheel_carries_every_rule_and_page(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    packed = {
        name.removeprefix("lambda_image_lint/rules/")
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith("lambda_image_lint/rules/")
    }
    lying = {
        file.relative_to(ROOT / "rules").as_posix()
        for kind in ("py", "md")
        for file in (ROOT / "rules").glob(f"**/*.{kind}")
    }
    assert packed == lying


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_a_fresh_environment_lints_with_what_is_installed(distributions: Path, tmp_path: Path, kind: str) -> None:
    (distribution,) = distributions.glob(kind)
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    home = tmp_path / "home"
    home.mkdir()
    variables = {**os.environ, "HOME": str(home), "PYTHONPATH": ""}
    subprocess.run([environment / "bin" / "pip", "install", "-q", distribution], check=True, timeout=300, env=variables)
    (tmp_path / "Dockerfile").write_text(
        'FROM public.ecr.aws/lambda/python:3.13\nRUN pip install --user requests\nCMD ["app.handler"]\n'
    )
    done = subprocess.run(
        [environment / "bin" / "lint-image", "check", "-f", "concise", "--select", "pip-user-install", "Dockerfile"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60, env=variables,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "pip-user-install" in done.stdout
    listed = subprocess.run(
        [environment / "bin" / "lint-image", "rules"], capture_output=True, text=True, check=True, timeout=60
    )
    assert len(listed.stdout.splitlines()) == len(list((ROOT / "rules").glob("*/*.py")))
