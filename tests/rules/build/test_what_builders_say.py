"""The real daemon says of a Dockerfile what the rules say of it."""

import json
from pathlib import Path

import pytest

from tests.engines import DockerDaemon
from tests.rules.linting import named, run_context

pytestmark = pytest.mark.xdist_group("docker")

SLIM = "python:3.13-slim-bookworm"


@pytest.mark.parametrize(
    ("lines", "complaint", "rule", "severity"),
    [
        ("FROM {base}\nRUN set -o pipefail; true\n", "Illegal option", "shell-without-pipefail", "error"),
        ("FROM {base}\nRUN set -e; set -o pipefail || true\n", "Illegal option", "shell-without-pipefail", "error"),
        ("FROM {base}:${{TAG}}\n", "invalid reference format", "undefined-variable", "error"),
        ("FROM ${{BASE}}\n", "blank", "undefined-variable", "error"),
        ("ARG TAG\nFROM {base}:${{TAG}}\n", "invalid reference format", "base-argument-no-default", "info"),
    ],
)
def test_a_build_that_a_rule_says_ends_ends(
    lines: str, complaint: str, rule: str, severity: str, docker_daemon: DockerDaemon, python_base: str, tmp_path: Path
) -> None:
    docker_daemon.run("tag", python_base, SLIM)
    plain = "${TAG}" not in lines
    dockerfile = lines.format(base=SLIM if plain else "python")
    assert named(run_context(dockerfile, {}, rule)) == [(rule, severity)]
    (tmp_path / "Dockerfile").write_text(dockerfile.replace("${{", "${").replace("}}", "}"))
    with pytest.raises(AssertionError, match=complaint):
        docker_daemon.build(tmp_path, "refused:1")


def test_the_equals_sign_becomes_part_of_the_value(docker_daemon: DockerDaemon, tmp_path: Path) -> None:
    dockerfile = 'FROM scratch\nENV HF_HOME = /tmp/x\nENV TITLE = "good day"\nENV LEVEL =debug\nCMD ["a"]\n'
    (tmp_path / "Dockerfile").write_text(dockerfile)
    docker_daemon.build(tmp_path, "spaced:1")
    loaded = json.loads(docker_daemon.run("inspect", "--format", "{{json .Config.Env}}", "spaced:1"))
    assert [one for one in loaded if not one.startswith("PATH=")] == [
        "HF_HOME== /tmp/x",
        "TITLE== good day",
        "LEVEL==debug",
    ]
    told = run_context(dockerfile, {}, "spaced-equals-sign")
    assert [result.finding.message for result in told.results] == [
        "HF_HOME gets the value `= /tmp/x`, equals sign and all",
        "TITLE gets the value `= good day`, equals sign and all",
        "LEVEL gets the value `=debug`, equals sign and all",
    ]


def test_what_is_copied_below_proc_is_covered_in_the_next_run(
    docker_daemon: DockerDaemon, python_base: str, tmp_path: Path
) -> None:
    docker_daemon.run("tag", python_base, SLIM)
    dockerfile = f"FROM {SLIM}\nCOPY app.py /proc/app/\nRUN test ! -e /proc/app/app.py\n"
    (tmp_path / "Dockerfile").write_text(dockerfile)
    (tmp_path / "app.py").write_text("")
    docker_daemon.build(tmp_path, "covered:1")
    assert named(run_context(dockerfile, {"app.py": ""}, "workdir-in-kernel-folder")) == [
        ("workdir-in-kernel-folder", "warning")
    ]
