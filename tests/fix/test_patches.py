"""``--diff`` prints what ``git apply`` takes, and it makes what ``--fix`` makes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import lint_image

pytestmark = pytest.mark.toolchain("git")

TEXT = (
    "FROM public.ecr.aws/lambda/python:3.12\n# The code\nCOPY app.py lib.py /opt/code\n"
    'RUN pip install flask\nCMD ["app.handler"]\n'
)
BYTES = {
    "LF": TEXT.encode(),
    "CRLF": TEXT.replace("\n", "\r\n").encode(),
    "mixed line ends": TEXT.replace("\n", "\r\n", 2).encode(),
    "no final line end": TEXT.rstrip("\n").encode(),
    "no final line end where the fix is": TEXT.rpartition("CMD")[0].rstrip("\n").encode(),
    "byte order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "bytes that are not UTF-8": TEXT.replace("The code", "code \udcff\udcfe").encode("utf-8", "surrogateescape"),
    "characters that end a line elsewhere": TEXT.replace("The code", "a\x0b\x0c\x1c\x85\u2028b\rc").encode(),
}
NAMES = (
    "Dockerfile", "Dockerfile with blanks", "a/b/Dockerfile", "Dockerfile.ünï", 'Dockerfile."quoted"', "Dockerfile.tab\tname",
    "Dockerfile.back\\slash", "-Dockerfile",
)  # fmt: skip


def apply_patch(folder: Path, patch: bytes) -> None:
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    done = subprocess.run(["git", "apply", "-p1", "-"], cwd=folder, input=patch, capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr, patch)


def both_ways(folder: Path, name: str, content: bytes) -> tuple[Path, Path]:
    """Two folders with the same file: one mended by the patch, one by ``--fix``."""
    made = []
    for way in ("patched", "fixed"):
        root = folder / way
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
        for source in ("app.py", "lib.py"):
            (root / name).with_name(source).write_text("def handler(event, context):\n    return event\n")
        made.append(root)
    patched, fixed = made
    words = ("check", "--isolated", "--unsafe-fixes", f"./{name}")
    lint_image(*words, "--fix", cwd=fixed)
    done = subprocess.run(
        [sys.executable, "-m", "lambda_image_lint", *words, "--diff"], cwd=patched, capture_output=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert (patched / name).read_bytes() == content
    apply_patch(patched, done.stdout)
    shutil.rmtree(patched / ".git")
    return patched, fixed


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("kind", BYTES)
def test_git_applies_the_patch_whatever_the_bytes(kind: str, tmp_path: Path) -> None:
    patched, fixed = both_ways(tmp_path, "Dockerfile", BYTES[kind])
    assert tree(patched) == tree(fixed)
    assert (fixed / "Dockerfile").read_bytes() != BYTES[kind]


@pytest.mark.parametrize("name", NAMES)
def test_git_applies_the_patch_whatever_the_name(name: str, tmp_path: Path) -> None:
    patched, fixed = both_ways(tmp_path, name, BYTES["LF"])
    assert tree(patched) == tree(fixed)
    assert (fixed / name).read_bytes() != BYTES["LF"]


def test_the_patch_makes_new_files(tmp_path: Path) -> None:
    content = b'FROM public.ecr.aws/lambda/python:3.12\nCOPY . ${LAMBDA_TASK_ROOT}\nCMD ["app.handler"]\n'
    (tmp_path / "patched/.git").mkdir(parents=True)  # what the context must not copy
    (tmp_path / "fixed/.git").mkdir(parents=True)
    for way in ("patched", "fixed"):
        (tmp_path / way / ".git/HEAD").write_text("ref: refs/heads/main\n")
        (tmp_path / way / ".env").write_text("A=b\n")
    patched, fixed = both_ways(tmp_path, "Dockerfile", content)
    shutil.rmtree(fixed / ".git")
    assert tree(patched) == tree(fixed)
    assert (patched / ".dockerignore").is_file()
