"""What all tests share: the engines, and the closing table that says how many tests ran on each."""

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from tests.engines import (
    STATE,
    auth_registry,
    containerd,
    docker_daemon,
    docker_on_containerd,
    function_context,
    function_image,
    podman,
    python_base,
    registry,
    skopeo,
    stop_all,
    umoci,
)

# How long an example takes says as much of the machine's other work as of ours: hostile files have tests of their own.
settings.register_profile("lint-image", deadline=None)
settings.load_profile("lint-image")

__all__ = [
    "auth_registry",
    "containerd",
    "docker_daemon",
    "docker_on_containerd",
    "function_context",
    "function_image",
    "podman",
    "python_base",
    "registry",
    "skopeo",
    "umoci",
]

ENGINE_OF_FIXTURE = {
    "docker_daemon": "docker",
    "docker_on_containerd": "docker on containerd's store",
    "registry": "docker-registry",
    "auth_registry": "docker-registry",
    "skopeo": "skopeo",
    "umoci": "umoci",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-pages", action="store_true", help="rewrite the findings and fixed fences of the rules' pages"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "toolchain(*programs): needs these programs; is skipped where one is missing")
    if not hasattr(config, "workerinput"):  # the process that the user started, not one of its workers
        state = Path(tempfile.mkdtemp(prefix="lint-image-"))
        (state / "owner").write_text(str(os.getpid()))
        os.environ[STATE] = str(state)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and STATE in os.environ:
        stop_all(Path(os.environ.pop(STATE)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write on each test what it runs on: the table is made in another process than the tests."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ())) - set(getattr(getattr(item, "callspec", None), "params", ()))
        used = {engine for fixture, engine in ENGINE_OF_FIXTURE.items() if fixture in fixtures}
        used |= {program for mark in item.iter_markers("toolchain") for program in mark.args}
        item.user_properties.extend(("runs_on", name) for name in sorted(used))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("toolchain"):
        for program in mark.args:
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line an engine or toolchain: how many tests ran, how many did not and why."""
    ran: Counter[str] = Counter()
    skipped: dict[str, Counter[str]] = {}
    for outcome in ("passed", "failed", "skipped", "error"):
        for report in terminalreporter.getreports(outcome):
            for key, name in getattr(report, "user_properties", ()):
                if key != "runs_on":
                    continue
                if outcome == "skipped":
                    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
                    skipped.setdefault(name, Counter())[reason.removeprefix("Skipped: ")] += 1
                else:
                    ran[name] += 1
    if names := sorted({*ran, *skipped}):
        terminalreporter.section("engines and toolchains")
        for name in names:
            reasons = "; ".join(f"{count} skipped: {reason}" for reason, count in skipped.get(name, Counter()).items())
            terminalreporter.write_line(f"{name}: {ran[name]} ran" + (f", {reasons}" if reasons else ""))
