"""The hooks, run by the real pre-commit in a repository made on the spot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.xdist_group("packaging")

BAD = """FROM public.ecr.aws/lambda/python:3.13
RUN pip install --user requests
COPY app.py ${LAMBDA_TASK_ROOT}/
CMD ["app.handler"]
"""


def _git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout as it stands, as a repository that pre-commit can clone."""
    folder = tmp_path_factory.mktemp("hooks")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    _git(folder, "init", "-q")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-qm", "hooks")
    return folder


@pytest.fixture(scope="module")
def repository(hooks: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    revision = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=hooks, capture_output=True, text=True, check=True
    ).stdout.strip()
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: lint-image\n  - id: lint-image-fix\n    stages: [manual]\n"
    )
    _git(folder, "init", "-q")
    return folder


def _run(repository: Path, *words: str, network: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", "run", *words]
    if not network:
        command = ["unshare", "--net", "--map-root-user", *command]
    environment = {
        **os.environ,
        "PRE_COMMIT_HOME": str(repository.parent / "pre-commit-home"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    return subprocess.run(
        command, cwd=repository, capture_output=True, text=True, check=False, timeout=300, env=environment
    )


def test_the_hooks_find_and_mend(repository: Path) -> None:
    (repository / "Dockerfile").write_text(BAD)
    (repository / "app.py").write_text("def handler(event, context):\n    return 'ok'\n")
    _git(repository, "add", "-A")
    first = _run(repository)
    assert first.returncode == 1, first.stdout + first.stderr
    assert "pip-user-install" in first.stdout

    mended = _run(repository, "lint-image-fix", "--hook-stage", "manual", network=False)
    assert "files were modified by this hook" in mended.stdout
    assert "--user" not in (repository / "Dockerfile").read_text()

    _git(repository, "add", "-A")
    assert _run(repository, network=False).returncode == 0, "the installed hook runs without network, and finds nothing"


def test_a_change_that_no_dockerfile_is_part_of_passes(repository: Path) -> None:
    (repository / "notes.md").write_text("nothing\n")
    _git(repository, "add", "-A")
    done = _run(repository, "--files", "notes.md")
    assert done.returncode == 0, done.stdout
