"""The image of lint-image itself, built by the real daemon from a base made of what is here."""

import re
import shutil
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ci.shims import ROOT, bash, shims
from tests.engines import DockerDaemon, once_in_run, run
from tests.function_image import LIBRARIES, make_python_base

OFFLINE_PIP = "ENV PIP_NO_INDEX=1 PIP_NO_DEPS=1 PIP_NO_BUILD_ISOLATION=0\n"


def copy_packages(names: Iterable[str], folder: Path) -> None:
    """Copy installed distributions and all that they require, as site-packages has them."""
    waiting, seen = list(names), set[str]()
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        package = distribution(requirement.name)
        waiting += package.requires or ()
        for file in package.files or ():
            if file.parts[0] != ".." and "__pycache__" not in file.parts:
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(package.locate_file(file)), target)


def copy_libraries(packages: Path, folder: Path) -> None:
    """Copy what the packages' compiled parts ask the loader for."""
    compiled = [str(path) for path in packages.rglob("*.so*")]
    for library in set(re.findall(r"=> (/\S+) \(0x", run(["ldd", *compiled]))):
        shutil.copy(library, folder)


@pytest.fixture(scope="module")
def own_image(docker_daemon: DockerDaemon) -> str:
    def make(folder: Path) -> dict[str, str]:
        base, context = make_python_base(folder / "base"), folder / "context"
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        needed = [*project["project"]["dependencies"], *project["build-system"]["requires"], "pip"]
        packages = base / "root" / sysconfig.get_path("purelib", vars={"base": "usr/local", "platbase": "usr/local"})
        copy_packages(needed, packages)
        copy_libraries(packages, base / "root" / LIBRARIES)
        with (base / "Dockerfile").open("a") as dockerfile:
            dockerfile.write(OFFLINE_PIP)
        docker_daemon.build(base, "python-with-packages:base")
        ignored = shutil.ignore_patterns(".git", "tests", ".*_cache", "benchmarks", "fixtures", "__pycache__")
        shutil.copytree(ROOT, context, ignore=ignored)
        return {"tag": docker_daemon.build(context, "lint-image:own", "--build-arg", "BASE=python-with-packages:base")}

    return once_in_run("own-image", make)["tag"]


def test_it_lints_what_is_mounted_into_it(docker_daemon: DockerDaemon, own_image: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM public.ecr.aws/lambda/python:3.12\nRUN pip3 install --user requests\n")
    command = [
        "docker",
        "run",
        "--rm",
        "--network",
        "none",
        "--volume",
        f"{tmp_path}:/work:ro",
        own_image,
        "check",
        "Dockerfile",
    ]
    done = subprocess.run(
        command, env=docker_daemon.environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "pip-user-install" in done.stdout


def test_without_arguments_it_shows_its_help(docker_daemon: DockerDaemon, own_image: str) -> None:
    assert "lint-image" in docker_daemon.run("run", "--rm", "--network", "none", own_image)


def test_it_holds_the_package_and_no_file_of_the_build(docker_daemon: DockerDaemon, own_image: str) -> None:
    listed = docker_daemon.run(
        "run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", own_image, "-c", "ls / /work /usr/local/bin"
    )
    assert "lint-image" in listed.split()
    assert not {"source", "installed", "wheels"}.intersection(listed.split())


def test_its_dockerfile_passes_its_own_lint(tmp_path: Path) -> None:
    path = shims(tmp_path / "bin")
    said = bash("lint-image check Dockerfile --fail-on info", ROOT, {"PATH": f"{path}:/usr/bin:/bin"})
    assert said == "No problems in Dockerfile.\n"


def test_the_build_context_holds_only_what_the_image_needs() -> None:
    lines = (ROOT / ".dockerignore").read_text().split()
    assert lines[0] == "*"
    copied = {"pyproject.toml", "README.md", "LICENSE", "lambda_image_lint", "rules"}
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == copied
