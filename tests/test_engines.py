"""The engines themselves: each is up, and a run leaves nothing of them behind."""

import base64
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.engines import REQUIRE, DockerDaemon, Registry, require_program, run


def test_the_daemon_answers_and_builds_a_function_that_runs(docker_daemon: DockerDaemon, function_image: str) -> None:
    command = json.loads(docker_daemon.run("inspect", "--format", "{{json .Config.Cmd}}", function_image))
    assert command == ["app.lambda_handler"]
    program = "import awslambdaric, app; print(app.lambda_handler.__doc__)"
    said = docker_daemon.run(
        "run", "--rm", "--network", "none", "--user", "993", "--entrypoint", "python3", function_image, "-c", program
    )
    assert said == "Give the event back.\n"


def test_the_registry_takes_an_image(registry: Registry, docker_daemon: DockerDaemon, python_base: str) -> None:
    reference = f"{registry.address}/base:1"
    docker_daemon.run("tag", python_base, reference)
    docker_daemon.run("push", reference)
    with urllib.request.urlopen(f"http://{registry.address}/v2/base/tags/list", timeout=5) as answer:
        assert json.load(answer) == {"name": "base", "tags": ["1"]}


def test_the_closed_registry_wants_its_password(auth_registry: Registry) -> None:
    def status(password: str | None) -> int:
        word = base64.b64encode(f"{auth_registry.user}:{password}".encode()).decode()
        request = urllib.request.Request(
            f"http://{auth_registry.address}/v2/", headers={"Authorization": f"Basic {word}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert (status("wrong"), status(auth_registry.password)) == (401, 200)


def test_an_engine_goes_with_the_run_that_started_it(tmp_path: Path) -> None:
    owner = subprocess.Popen(["sleep", "60"])
    folder = tmp_path / "engine"
    folder.mkdir()
    keeper = subprocess.Popen([sys.executable, "-m", "tests.engine_keeper", str(owner.pid), str(folder), "sleep", "60"])
    time.sleep(0.5)
    assert keeper.poll() is None
    owner.kill()
    owner.wait()
    assert keeper.wait(timeout=30) == 0
    assert not folder.exists()


def test_run_shows_what_a_failing_program_said() -> None:
    with pytest.raises(AssertionError) as failure:
        run(["sh", "-c", "echo out; echo complaint >&2; exit 3"])
    assert str(failure.value) == "sh -c echo out; echo complaint >&2; exit 3 ended with 3\nout\ncomplaint\n"


def test_a_missing_program_skips_with_the_reason_and_fails_where_engines_are_demanded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(REQUIRE, raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-engine is not installed"):
        require_program("no-such-engine")
    monkeypatch.setenv(REQUIRE, "1")
    with pytest.raises(
        pytest.fail.Exception, match="no-such-engine is not installed, and LINT_IMAGE_REQUIRE_ENGINES=1"
    ):
        require_program("no-such-engine")
