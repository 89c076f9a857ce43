"""Each failure that people met: found by its rule, built and booted as it was, and again once it is mended."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambda_image_lint.boot import BootOptions, boot
from lambda_image_lint.knowledge import explain_error
from tests.commands import Done, lint_image
from tests.engines import DockerDaemon
from tests.incidents import packages, programs, table
from tests.incidents.stand_ins import named
from tests.incidents.table import Incident
from tests.pages import cases, rules

COUNT, INCIDENTS = table.load()
REPRODUCED = tuple(one for one in INCIDENTS if not one.reason)
TOLD = tuple(one for one in INCIDENTS if one.reason)
BUILD, OK = "build", "ok"

each_reproduced = pytest.mark.parametrize("incident", table.parameters(REPRODUCED))


@pytest.fixture
def daemon(docker_daemon: DockerDaemon, monkeypatch: pytest.MonkeyPatch) -> DockerDaemon:
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    return docker_daemon


def check(incident: Incident, folder: Path, *words: str) -> Done:
    """The command, as people run it."""
    done = lint_image("check", "--isolated", *incident.options, *words, cwd=folder)
    assert done.code in (0, 1), done.errors
    return done


def findings(
    incident: Incident, folder: Path, rules: tuple[str, ...], target: str = "Dockerfile"
) -> list[dict[str, Any]]:
    """What the incident's own rules find."""
    if not rules:
        return []
    found: list[dict[str, Any]] = check(incident, folder, "--select", ",".join(rules), "-f", "json", target).report[
        "findings"
    ]
    return found


def names(found: list[dict[str, Any]]) -> set[str]:
    return {one["rule"] for one in found}


def mend(incident: Incident, folder: Path) -> None:
    """Fix the Dockerfile as its rules' fixes are marked, or write it anew where they have none; they find nothing then."""
    fixable = [one for one in findings(incident, folder, incident.rules) if one["fix"] is not None]
    if not fixable:
        assert incident.fixed is not None, "no rule mends it, and the table does not say how it is mended"
        incident.write(folder, incident.fixed)
        assert not findings(incident, folder, incident.rules)
        return
    assert incident.fixed is None, "a rule mends it: the table need not"
    unsafe = any(one["fix"]["applicability"] == "unsafe" for one in fixable)
    fixing = ("--fix", *(["--unsafe-fixes"] if unsafe else []))
    left = check(incident, folder, *fixing, "-f", "json", "Dockerfile").report["findings"]
    assert not names(fixable) & names(left)


@contextlib.contextmanager
def built(incident: Incident, folder: Path, dockerfile: str, daemon: DockerDaemon) -> Iterator[str]:
    """The image that the real daemon builds, gone afterwards."""
    tag = f"incident-{os.getpid()}:{incident.name}"
    with contextlib.ExitStack() as stack:
        stack.enter_context(named(dockerfile, daemon, incident.machine))
        # Nobody passes --platform: it stands for the machine that builds. What FROM says counts for more.
        options = [] if "--platform=" in dockerfile else ["--platform", f"linux/{incident.machine}"]
        network = "none"
        if "npm" in incident.programs:
            registry = stack.enter_context(packages.npm_registry(_npm_packages(incident)))
            options, network = [*options, "--build-arg", f"http_proxy={registry}"], "host"
        daemon.build_with_buildkit(folder, tag, *options, network=network)
    try:
        yield tag
    finally:
        daemon.run("rmi", "--force", tag)


def _npm_packages(incident: Incident) -> dict[str, tuple[str, bytes]]:
    files: dict[str, tuple[str | bytes, int]] = {
        "package/package.json": (programs.NODE_CLIENT_PACKAGE, 0o644),
        "package/bin/index.mjs": (programs.NODE_CLIENT, 0o755),
    }
    if "gcc" in incident.programs:
        files["package/build/Release/runtime-client.node"] = (table.native_part(), 0o644)
    return {"aws-lambda-ric": ("3.3.0", packages.tarball(files))}


def test_every_number_has_its_row_and_every_row_its_rules() -> None:
    assert sorted({number for one in INCIDENTS for number in one.numbers}) == list(range(1, COUNT + 1))
    assert len({one.name for one in INCIDENTS}) == len(INCIDENTS)
    known = {rule.name for rule in rules().values()}
    for one in INCIDENTS:
        assert {*one.rules, *one.rules_of_image} <= known, one.name
        assert one.rules or one.rules_of_image or one.why or one.reason, f"{one.name}: no rule, and no word why"
        assert bool(one.reason) != bool(one.before and one.dockerfile), one.name
        assert one.before != OK or one.why, f"{one.name}: starts, and no word why"
        assert one.before in ("", OK) or one.message, f"{one.name}: any failure would do"


@pytest.mark.parametrize(
    ("incident", "rule"), [pytest.param(one, rule, id=f"{one.name}-{rule}") for one in TOLD for rule in one.rules]
)
def test_what_cannot_be_booted_is_found_in_an_image_of_the_rules_page(incident: Incident, rule: str) -> None:
    found = [case for owner, _, case in cases() if owner.name == rule and case.is_image and case.is_bad]
    assert found, incident.reason


@pytest.mark.parametrize("incident", table.parameters(tuple(one for one in REPRODUCED if one.rules)))
def test_it_is_found(incident: Incident, tmp_path: Path) -> None:
    incident.write(tmp_path)
    assert names(findings(incident, tmp_path, incident.rules)) == set(incident.rules)


@each_reproduced
def test_it_fails_as_it_was_told(incident: Incident, daemon: DockerDaemon, tmp_path: Path) -> None:
    dockerfile = incident.write(tmp_path)
    with contextlib.ExitStack() as stack:
        if incident.before == BUILD:
            with pytest.raises(AssertionError) as failure:
                stack.enter_context(built(incident, tmp_path, dockerfile, daemon))
            assert incident.message in str(failure.value)
            assert {*incident.rules} & {rule for error in explain_error(str(failure.value)) for rule in error.rules}
            return
        image = stack.enter_context(built(incident, tmp_path, dockerfile, daemon))
        result = boot(image, BootOptions(timeout=6))
        assert (result.failure.type if result.failure else OK) == incident.before, result
        assert not incident.response or incident.response.encode() != result.response, result
        assert incident.message in f"{result.failure}\n{result.log}", result
        found = findings(incident, tmp_path, incident.rules_of_image, f"docker:{image}")
        assert names(found) == set(incident.rules_of_image)
        if incident.before != OK:
            assert {*incident.rules, *incident.rules_of_image} & {*result.rules}, result.log


@each_reproduced
def test_it_starts_and_answers_once_it_is_mended(incident: Incident, daemon: DockerDaemon, tmp_path: Path) -> None:
    incident.write(tmp_path)
    mend(incident, tmp_path)
    with built(incident, tmp_path, (tmp_path / "Dockerfile").read_text(), daemon) as image:
        result = boot(image, BootOptions(timeout=6))
        assert result.ok, result
        assert incident.response in ("", (result.response or b"").decode()), result
