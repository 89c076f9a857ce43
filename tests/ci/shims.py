"""A CI server's surroundings, as far as a test can have them: its steps run in bash, on this machine's real tools."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
"""The checkout."""

# `pip install lambda-image-lint` means this checkout, which the tests run already; anything else is a mistake in a step.
_PYTHON = f"""\
#!/bin/sh
if [ "$*" = "-m pip install lambda-image-lint" ]; then exit 0; fi
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && ln -s "$0" "$3/bin/python" && ln -s "${{0%/*}}/lint-image" "$3/bin/lint-image"; exit; fi
exec {sys.executable} "$@"
"""
_LINT_IMAGE = f"""\
#!/bin/sh
PYTHONPATH={ROOT} exec {sys.executable} -m lambda_image_lint "$@"
"""


def shims(folder: Path, extra: Mapping[str, str] | None = None) -> Path:
    """A folder for the front of PATH: this checkout's lint-image, and what `extra` names."""
    folder.mkdir()
    for name, text in {"python3": _PYTHON, "lint-image": _LINT_IMAGE, **(extra or {})}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def offline_pip() -> dict[str, str]:
    """Environment in which pip builds and installs a checkout from what the running Python has, without an index."""
    return {
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads 0 as "no isolation"
    }


def bash(script: str, folder: Path, environment: Mapping[str, str], code: int = 0) -> str:
    """Run a step as GitHub does, `bash -eo pipefail`; it must end with `code`. Returns what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKER_", "GITHUB_", "PYTHON"))}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, f"{script}\nended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr
