"""The CI examples: each command of each is run, on the real Docker daemon where it speaks to one."""

import json
import re
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.ci.shims import ROOT, bash, shims
from tests.engines import DockerDaemon, Registry

EXAMPLES = ROOT / "fixtures" / "ci"
AWS = '#!/bin/sh\n[ "$*" = "ecr get-login-password" ] && echo a-token\n'
"""Stands in for the AWS command line; the registry it leads to is a real one."""


@pytest.fixture
def project(tmp_path: Path, function_context: Path, function_image: str) -> Path:
    """A repository with a function whose Dockerfile builds."""
    folder = tmp_path / "project"
    shutil.copytree(function_context, folder)
    return folder


@pytest.fixture
def environment(tmp_path: Path, docker_daemon: DockerDaemon) -> dict[str, str]:
    path = shims(tmp_path / "bin", {"aws": AWS})
    inherited = docker_daemon.environment
    return {
        "PATH": f"{path}:{inherited['PATH']}",
        "DOCKER_HOST": docker_daemon.host,
        "DOCKER_BUILDKIT": "0",
        "DOCKER_CONFIG": str(tmp_path / "docker"),
    }


def read(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def assert_checked(report: Path) -> None:
    """The report is JUnit, and something was read for it."""
    root = ElementTree.parse(report).getroot()
    assert int(root.attrib["tests"]) >= 1
    assert root.attrib["errors"] == "0"


def test_the_github_workflow(project: Path, environment: dict[str, str]) -> None:
    (job,) = read("github-workflow.yml")["jobs"].values()
    for step in job["steps"]:
        if "run" in step:
            bash(step["run"], project, {**environment, **job["env"]})
    assert json.loads((project / "dockerfile.sarif").read_text())["runs"][0]["invocations"][0]["executionSuccessful"]
    assert "lint-image report" in (project / "lint-image.html").read_text(encoding="utf-8")


def test_the_gitlab_pipeline(project: Path, environment: dict[str, str]) -> None:
    pipeline = read("gitlab-ci.yml")
    before = pipeline[".lint-image"]["before_script"]
    for name in ("lint-dockerfile", "build-image", "lint-built-image"):
        job = pipeline[name]
        assert job["stage"] in pipeline["stages"]
        script = [*(before if "extends" in job else ()), *job["script"]]
        bash("\n".join(script), project, {**environment, **job.get("variables", {})})
    assert isinstance(json.loads((project / "gl-code-quality-report.json").read_text()), list)
    assert_checked(project / "lint-image.xml")


def test_the_codebuild_project_up_to_the_push(project: Path, environment: dict[str, str], registry: Registry) -> None:
    spec = read("buildspec.yml")
    variables = {
        **environment,
        **spec["env"]["variables"],
        "REPOSITORY_URI": f"{registry.address}/codebuild",
        "CODEBUILD_BUILD_SUCCEEDING": "1",
    }
    for phase in ("install", "pre_build", "build", "post_build"):
        for command in spec["phases"][phase]["commands"]:
            bash(command, project, variables)
    reports = spec["reports"]["lint-image"]
    assert reports["file-format"] == "JUNITXML"
    written = sorted((project / reports["base-directory"]).glob(reports["files"][0]))
    assert [path.name for path in written] == ["dockerfile.xml", "image.xml"]
    for report in written:
        assert_checked(report)
    bash(f"lint-image check registry:{registry.address}/codebuild:latest --fail-on never", project, environment)


def test_codebuild_stops_at_an_old_daemon_and_without_one(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    no_daemon, old, *_ = read("buildspec.yml")["phases"]["install"]["commands"]
    said = bash(no_daemon, project, {**environment, "DOCKER_HOST": f"unix://{tmp_path}/none.sock"}, code=1)
    assert "make the environment privileged" in said
    for version, code in (("20.10.9", 1), ("19.03.15", 1), ("20.10.10", 0), ("20.10.24", 0), ("27.0.1", 0)):
        docker = shims(tmp_path / version, {"docker": f"#!/bin/sh\necho {version}\n"})
        bash(old, project, {**environment, "PATH": f"{docker}:{environment['PATH']}"}, code=code)


def test_the_jenkins_pipeline(project: Path, environment: dict[str, str]) -> None:
    text = (EXAMPLES / "Jenkinsfile").read_text(encoding="utf-8")
    steps = [match[1] or match[2] for match in re.finditer(r"\bsh (?:'''(.*?)'''|'([^'\n]*)')", text, re.DOTALL)]
    assert len(steps) == text.count("sh '") == 4
    for step in steps:
        # Groovy's quotes of this kind take a backslash before a line end as shells do not: it is doubled in neither.
        bash(step, project, environment)
    assert_checked(project / "reports" / "dockerfile.xml")
    assert_checked(project / "reports" / "image.xml")
    assert ElementTree.parse(project / "reports" / "dockerfile.checkstyle.xml").getroot().tag == "checkstyle"


def test_every_example_builds_without_attestations() -> None:
    for example in EXAMPLES.iterdir():
        assert "BUILDX_NO_DEFAULT_ATTESTATIONS" in example.read_text(encoding="utf-8"), example.name
