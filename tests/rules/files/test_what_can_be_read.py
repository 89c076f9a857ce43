"""Verdicts on reading, held against the kernel's; modes that are opened; and what a run says in all."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.function.modes import new_mode
from lambda_image_lint.rulekit.modes import opened
from tests.rules.linting import named, run_dockerfile, run_recipe

UID, GID = 993, 990
IMAGE = {"Entrypoint": ["/lambda-entrypoint.sh"], "Cmd": ["app.handler"]}
MODES = [0o000, 0o400, 0o440, 0o444, 0o600, 0o604, 0o640, 0o644, 0o700, 0o701, 0o704, 0o705, 0o711, 0o750, 0o755, 0o777]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users reach, as pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def can_read(path: Path) -> bool:
    """Whether Lambda's user can, asked of the kernel."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(GID)
            os.setuid(UID)
            os.close(os.open(path, os.O_RDONLY))
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become Lambda's user")
@pytest.mark.parametrize("owner", [(0, 0), (UID, 0), (0, GID), (1000, 1000)])
def test_a_handler_is_unreadable_exactly_where_the_kernel_says_so(open_folder: Path, owner: tuple[int, int]) -> None:
    folder, file = open_folder / "task", open_folder / "task" / "app.py"
    folder.mkdir()
    file.write_text("def handler(event, context): pass")
    for path in (folder, file):
        os.chown(path, *owner)
    for folder_mode in (0o700, 0o711, 0o750, 0o755):
        for mode in MODES:
            folder.chmod(folder_mode)
            file.chmod(mode)
            ids = {"uid": owner[0], "gid": owner[1]}
            files = {
                "/var/task/": {"mode": oct(folder_mode), **ids},
                "/var/task/app.py": {"mode": oct(mode), "content": "def handler(event, context): pass", **ids},
            }
            outcome = run_recipe({"config": IMAGE, "files": files}, "file-unreadable")
            errors = [name for name, severity in named(outcome) if severity == "error"]
            assert bool(errors) is not can_read(file), (oct(folder_mode), oct(mode), owner)


def test_all_that_one_layer_closes_is_one_finding() -> None:
    files = {f"/var/task/data/{number}.csv": {"mode": "0600", "content": "x"} for number in range(500)}
    outcome = run_recipe({"config": IMAGE, "files": files}, "file-unreadable")
    (result,) = outcome.results
    assert result.finding.message == (
        "mode 0600 of /var/task/data/0.csv keeps Lambda's user from reading it, and 499 more"
    )
    assert "/var/task/data/1.csv, /var/task/data/10.csv and 497 more" in result.help


@given(st.integers(0, 0o777))
def test_an_opened_mode_lets_everybody_do_what_the_owner_does_save_writing(mode: int) -> None:
    written = f"{mode:03o}"
    better = opened(written)
    if better is None:
        assert not mode & 0o400
        return
    after = int(better, 8)
    assert after & 0o700 == mode & 0o700
    assert after & mode == mode, "nothing is taken away"
    assert after & 0o055 & ~mode == ((mode >> 6 & 5) * 0o011) & ~mode, "and no more is given than the owner has"
    assert opened(better) == better


@given(st.text(alphabet="ugoa+-=rwxXst,01234567", max_size=8))
def test_a_mode_that_is_none_is_left_alone(written: str) -> None:
    better = opened(written)
    assert better is None or new_mode(better, 0o600, is_directory=False) is not None


def test_a_mode_in_a_file_whose_context_is_not_known_is_a_warning() -> None:
    text = 'FROM public.ecr.aws/lambda/python:3.13\nRUN umask 077 && cp -r /opt/a /var/task/\nCMD ["a.b"]\n'
    assert named(run_dockerfile(text, "restrictive-chmod")) == [("restrictive-chmod", "warning")]
    spared = text.replace("/var/task/\n", "/var/task/ && chmod -R a+rX /var/task\n")
    assert named(run_dockerfile(spared, "restrictive-chmod")) == []


@pytest.mark.parametrize(
    "rule",
    ["file-unreadable", "tmp-in-image", "home-cache", "writes-outside-tmp", "shared-memory-needed", "secret-file-copied",
     "junk-in-image", "duplicate-content"],
)  # fmt: skip
def test_without_layers_a_rule_on_files_says_that_it_could_not_decide(rule: str) -> None:
    outcome = run_recipe({"config": IMAGE, "files": {"/var/task/app.py": ""}}, rule, no_layers=True)
    assert outcome.results == ()
    assert [(one.rule, one.reason) for one in outcome.not_run] == [(rule, "layers not read")]
