"""The command, on a real function image built by the real daemon, from every source."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engines import DockerDaemon, Registry, run

SOURCES = ("docker", "docker-archive", "oci", "oci-archive", "registry")
SAME = ("uncompressed_bytes", "files", "live_bytes", "dead_bytes", "efficiency", "architecture", "os")

pytestmark = pytest.mark.xdist_group("docker")


def lint(*words: str, environment: dict[str, str] | None = None) -> tuple[int, dict[str, Any], str]:
    """(exit code, the JSON report, standard error) of ``lint-image check``."""
    done = subprocess.run(
        [sys.executable, "-m", "lambda_image_lint", "check", "-f", "json", *words],
        capture_output=True, text=True, check=False, timeout=120, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def found(report: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((finding["rule"], finding["message"]) for finding in report["findings"])


@pytest.fixture(scope="module")
def words(
    docker_daemon: DockerDaemon,
    registry: Registry,
    skopeo: str,
    function_image: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """Source → the word that names the same image there."""
    folder = tmp_path_factory.mktemp("sources")
    daemon = f"docker-daemon:{function_image}"
    host = ["--src-daemon-host", docker_daemon.host]
    archive = folder / "image.tar"
    docker_daemon.run("save", "-o", archive, function_image)
    run([skopeo, "copy", "-q", *host, daemon, f"oci:{folder}/layout:1"])
    run([skopeo, "copy", "-q", *host, daemon, f"oci-archive:{folder}/layout.tar:1"])
    run([skopeo, "copy", "-q", "--dest-tls-verify=false", *host, daemon, f"docker://{registry.address}/function:1"])
    return {
        "docker": f"docker:{function_image}",
        "docker-archive": f"docker-archive:{archive}",
        "oci": f"oci:{folder}/layout:1",
        "oci-archive": f"oci-archive:{folder}/layout.tar:1",
        "registry": f"registry:{registry.address}/function:1",
    }


def test_the_same_image_is_clean_from_every_source(
    words: dict[str, str], docker_daemon: DockerDaemon, tmp_path: Path
) -> None:
    reports = {}
    for source, word in words.items():
        environment = {**docker_daemon.environment, "XDG_CACHE_HOME": str(tmp_path / source)}
        code, report, errors = lint(word, environment=environment)
        assert code == 0, (source, found(report), report["errors"], errors)
        reports[source] = report
    first = reports["docker"]
    metrics = first["targets"][0]["metrics"]
    assert metrics["uncompressed_bytes"] > 20_000_000
    assert metrics["dead_bytes"] == 0
    for source, report in reports.items():
        assert found(report) == found(first), source
        other = report["targets"][0]["metrics"]
        assert {key: other[key] for key in SAME} == {key: metrics[key] for key in SAME}, source
        assert [layer["diff_id"] for layer in other["layers"]] == [layer["diff_id"] for layer in metrics["layers"]], (
            source
        )
        assert report["targets"][0]["function"] == first["targets"][0]["function"], source
    assert first["targets"][0]["function"]["runtime_client"] == "awslambdaric"


def test_the_clean_image_boots(docker_daemon: DockerDaemon, function_image: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lambda_image_lint", "boot", function_image, "--event", "sqs", "-f", "json"],
        capture_output=True, text=True, check=False, timeout=120, env=docker_daemon.environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["outcome"] == "ok"
    assert report["response"]["json"]["echo"]["Records"][0]["eventSource"] == "aws:sqs"


BROKEN = {
    "handler-file-missing": 'CMD ["main.lambda_handler"]',
    "handler-function-missing": 'CMD ["app.handler"]',
    "handler-bad-format": 'CMD ["handler"]',
    "cmd-shell-form": "CMD app.lambda_handler",
    "shell-form-entrypoint": 'ENTRYPOINT python3 -m awslambdaric\nCMD ["app.lambda_handler"]',
    "entrypoint-missing": 'ENTRYPOINT ["/nowhere/start"]\nCMD ["app.lambda_handler"]',
    "entrypoint-not-executable": (
        "RUN echo '#!/bin/sh' >/start.sh && echo 'exec python3 -m awslambdaric $1' >>/start.sh\n"
        'ENTRYPOINT ["/start.sh"]\nCMD ["app.lambda_handler"]'
    ),
    "no-runtime-client": 'ENTRYPOINT ["sleep"]\nCMD ["100"]',
    "cmd-missing": 'ENTRYPOINT ["/usr/local/bin/python3", "-m", "awslambdaric"]',
    "file-unreadable": "RUN chmod 600 /var/task/app.py",
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_image_yields_exactly_its_rule(
    rule: str, docker_daemon: DockerDaemon, function_image: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {function_image}\n{BROKEN[rule]}\n")
    tag = docker_daemon.build(tmp_path, f"broken-{rule}:1")
    code, report, errors = lint(f"docker:{tag}", environment=docker_daemon.environment)
    loud = {finding["rule"] for finding in report["findings"] if finding["severity"] != "info"}
    assert loud == {rule}, (report["findings"], report["errors"], errors)
    assert code == 1


def test_without_layers_no_layer_is_read_and_the_report_says_what_could_not_run(words: dict[str, str]) -> None:
    code, report, _ = lint("--no-layers", words["registry"])
    assert code == 0
    reasons = {entry["reason"] for entry in report["not_run"]}
    assert "layers not read" in reasons
    assert "image-too-large" in {entry["rule"] for entry in report["not_run"]}
    assert report["targets"][0]["metrics"]["dead_bytes"] is None
    assert report["targets"][0]["metrics"]["uncompressed_bytes"] is None or report["targets"][0]["metrics"].get(
        "estimated"
    )


def test_a_bare_reference_asks_the_daemon_first(docker_daemon: DockerDaemon, function_image: str) -> None:
    code, report, _ = lint(function_image, "--offline", environment=docker_daemon.environment)
    assert code == 0
    assert report["targets"][0]["name"] == function_image


def test_an_archive_on_standard_input_is_linted(docker_daemon: DockerDaemon, function_image: str) -> None:
    save = subprocess.Popen(["docker", "-H", docker_daemon.host, "save", function_image], stdout=subprocess.PIPE)
    done = subprocess.run(
        [sys.executable, "-m", "lambda_image_lint", "check", "-f", "json", "-"],
        stdin=save.stdout, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert save.wait(timeout=60) == 0
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["targets"][0]["metrics"]["files"] > 100


def test_with_its_dockerfile_a_finding_points_at_the_instruction_behind_it(
    docker_daemon: DockerDaemon, function_image: str, tmp_path: Path
) -> None:
    (tmp_path / "data.bin").write_bytes(os.urandom(3 * 1024 * 1024))
    (tmp_path / "Dockerfile").write_text(
        f"FROM {function_image}\nENV STAGE=x\nCOPY data.bin /opt/data.bin\nRUN rm /opt/data.bin\nCMD app.lambda_handler\n"
    )
    tag = docker_daemon.build(tmp_path, "joined:1")
    words = (f"docker:{tag}", "--dockerfile", str(tmp_path / "Dockerfile"), "--select", "dead-bytes,cmd-shell-form")
    _, report, _ = lint(*words, environment=docker_daemon.environment)
    assert all(layer["created_by"] for layer in report["targets"][0]["metrics"]["layers"])
    lines = {one["rule"]: [place.get("line") for place in one["related"]] for one in report["findings"]}
    assert lines["cmd-shell-form"] == [5]
    assert 4 in lines["dead-bytes"], "the RUN that deletes what the COPY brought"
