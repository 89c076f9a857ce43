"""What the real daemon makes of Dockerfiles before and after their fixes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import lint_image
from tests.engines import DockerDaemon

pytestmark = pytest.mark.xdist_group("docker")

BASE = "python:3.13-slim"
HANDLER = "def handler(event, context):\n    return event\n"


@pytest.fixture
def base(docker_daemon: DockerDaemon, python_base: str) -> str:
    """Python with a shell, under the name that people's files have, so that nothing is pulled."""
    docker_daemon.run("tag", python_base, BASE)
    return BASE


def write(folder: Path, dockerfile: str) -> None:
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "app.py").write_text(HANDLER)
    (folder / "lib.py").write_text("")


def fix(folder: Path, rule: str) -> str:
    """Fix one rule's findings, and return the Dockerfile as it is then."""
    lint_image("check", "--isolated", "--select", rule, "--fix", "--unsafe-fixes", "Dockerfile", cwd=folder)
    left = lint_image("check", "--isolated", "--select", rule, "-f", "json", "Dockerfile", cwd=folder)
    assert left.found == []
    return (folder / "Dockerfile").read_text()


def config(docker_daemon: DockerDaemon, image: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(docker_daemon.run("inspect", "--format", "{{json .Config}}", image))
    return loaded


@pytest.mark.parametrize(
    ("rule", "broken", "complaint"),
    [
        ("multi-source-no-slash", "COPY app.py lib.py /var/task\n", "must be a directory"),
        ("unknown-instruction", "Copy function code\nCOPY app.py lib.py /var/task/\n", "function"),
        ("unknown-instruction", "The code comes here\nCOPY app.py lib.py /var/task/\n", "unknown instruction"),
    ],
    ids=["multi-source-no-slash", "prose that begins with a keyword", "prose"],
)  # fmt: skip
def test_what_did_not_build_builds_once_it_is_fixed(
    rule: str, broken: str, complaint: str, docker_daemon: DockerDaemon, base: str, tmp_path: Path
) -> None:
    write(tmp_path, f'FROM {base}\n{broken}CMD ["app.handler"]\n')
    with pytest.raises(AssertionError, match=complaint):
        docker_daemon.build(tmp_path, "before:1")
    fix(tmp_path, rule)
    image = docker_daemon.build(tmp_path, "after:1")
    assert docker_daemon.run("run", "--rm", "--network", "none", image, "/bin/ls", "/var/task").split() == [
        "app.py",
        "lib.py",
    ]


def test_a_command_in_shell_form_becomes_the_handler_alone(
    docker_daemon: DockerDaemon, base: str, tmp_path: Path
) -> None:
    write(
        tmp_path,
        f'FROM {base}\nWORKDIR /var/task\nCOPY app.py ./\nENTRYPOINT ["python3", "-m", "awslambdaric"]\nCMD app.handler\n',
    )
    assert config(docker_daemon, docker_daemon.build(tmp_path, "before:2"))["Cmd"] == ["/bin/sh", "-c", "app.handler"]
    fix(tmp_path, "cmd-shell-form")
    assert config(docker_daemon, docker_daemon.build(tmp_path, "after:2"))["Cmd"] == ["app.handler"]


def test_an_entrypoint_in_shell_form_becomes_an_array_that_is_handed_the_command(
    docker_daemon: DockerDaemon, base: str, tmp_path: Path
) -> None:
    write(tmp_path, f'FROM {base}\nENTRYPOINT python3 -m awslambdaric\nCMD ["app.handler"]\n')
    before = config(docker_daemon, docker_daemon.build(tmp_path, "before:3"))
    assert before["Entrypoint"] == ["/bin/sh", "-c", "python3 -m awslambdaric"]
    fix(tmp_path, "shell-form-entrypoint")
    after = config(docker_daemon, docker_daemon.build(tmp_path, "after:3"))
    assert (after["Entrypoint"], after["Cmd"]) == (["python3", "-m", "awslambdaric"], ["app.handler"])


def test_an_entrypoint_that_nobody_may_execute_starts(docker_daemon: DockerDaemon, base: str, tmp_path: Path) -> None:
    write(tmp_path, f'FROM {base}\nCOPY start.sh /start.sh\nENTRYPOINT ["/start.sh"]\nCMD ["app.handler"]\n')
    (tmp_path / "start.sh").write_text("#!/bin/sh\necho started $1\n")
    docker_daemon.build(tmp_path, "before:4")
    with pytest.raises(AssertionError, match="permission denied"):
        docker_daemon.run("run", "--rm", "--network", "none", "before:4")
    assert "--chmod" in fix(tmp_path, "entrypoint-not-executable")
    docker_daemon.build_with_buildkit(tmp_path, "after:4")
    assert docker_daemon.run("run", "--rm", "--network", "none", "after:4") == "started app.handler\n"
