"""The real engines that tests talk to: a Docker daemon, registries, skopeo and umoci; podman and containerd, if they are here.

Each starts on first use, on private sockets and folders, and one serves all workers of a test run. A test that asks for
an engine whose program is not here is skipped with the reason; with ``LINT_IMAGE_REQUIRE_ENGINES=1`` it fails instead.
Toolchains (``@pytest.mark.toolchain("node")``) are always optional.
"""

import base64
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.function_image import make_function, make_python_base

REQUIRE = "LINT_IMAGE_REQUIRE_ENGINES"
STATE = "LINT_IMAGE_TEST_ENGINES"
"""Environment variable that leads the workers of a run to its folder of shared engines."""

FIRST_CLIENT_THAT_NEEDS_BUILDX = 23
"""Major version of docker from which it builds with BuildKit through a plugin alone.
Source: https://docs.docker.com/engine/release-notes/23.0/"""
PYTHON_BASE = "python-from-host:base"
FUNCTION = "function:good"
USER, PASSWORD = "lint", "correct horse"
_BCRYPT_OF_PASSWORD = "$2y$05$lintimagetestsonly123uPSp0mZbzgWOh696VD/TS/kajRZJGiM."  # a registry takes no other hash


@dataclass(frozen=True)
class DockerDaemon:
    """A running dockerd of our own."""

    socket: Path

    @property
    def host(self) -> str:
        """The value of ``DOCKER_HOST``."""
        return f"unix://{self.socket}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a ``docker`` command or a docker client."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")}
        return {**kept, "DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "0"}

    def run(self, *arguments: str | Path, timeout: float = 300) -> str:
        """Run ``docker ARGUMENTS`` and return its standard output; what it complained of is in the error."""
        return run(["docker", *map(str, arguments)], timeout=timeout, environment=self.environment)

    def build(self, context: Path, tag: str, *options: str, network: str = "none") -> str:
        """Build ``context`` as ``tag``, which is returned."""
        self.run("build", "--quiet", "--network", network, "--tag", tag, *options, context)
        return tag

    def build_with_buildkit(self, context: Path, tag: str, *options: str, network: str = "none") -> str:
        """The same with BuildKit, which knows ``COPY --chmod`` and ``RUN --mount``, and takes a third of the time."""
        command = [buildkit_client(), "build", "--progress", "plain", "--network", network, "--tag", tag, *options]
        run([*command, str(context)], timeout=300, environment={**self.environment, "DOCKER_BUILDKIT": "1"})
        return tag


@dataclass(frozen=True)
class Registry:
    """A running registry; ``address`` is ``HOST:PORT`` on loopback, plain HTTP."""

    address: str
    user: str | None = None
    password: str | None = None

    @property
    def authorization(self) -> dict[str, str]:
        """The header of a request, empty where the registry wants none."""
        if self.user is None:
            return {}
        return {"Authorization": f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"}


@dataclass(frozen=True)
class Podman:
    """podman and buildah on a storage of our own, and podman's service, which speaks Docker's API."""

    folder: Path

    @property
    def storage(self) -> list[str]:
        """What podman and buildah are told of it."""
        return ["--root", f"{self.folder}/root", "--runroot", f"{self.folder}/run", "--storage-driver", "vfs"]

    @property
    def host(self) -> str:
        """The value of ``DOCKER_HOST`` for its service."""
        return f"unix://{self.folder}/podman.sock"

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run ``podman ARGUMENTS`` or ``buildah ARGUMENTS`` and return its standard output."""
        return run([program, *self.storage, *map(str, arguments)])


@dataclass(frozen=True)
class Containerd:
    """A running containerd, which unpacks nothing: it only keeps images."""

    socket: Path

    def run(self, *arguments: str | Path) -> str:
        """Run ``ctr ARGUMENTS`` and return its standard output."""
        return run(["ctr", "--address", str(self.socket), *map(str, arguments)])


def run(command: list[str], *, timeout: float = 120, environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and return its standard output; a failure shows everything that it said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def unavailable(reason: str) -> None:
    """Skip the running test, or fail it where engines are demanded."""
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{reason}, and {REQUIRE}=1 demands it", pytrace=False)
    pytest.skip(reason)


def require_program(name: str) -> str:
    """The path of a program that a test cannot do without."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if path is None:
        unavailable(f"{name} is not installed")
    assert path is not None
    return path


@cache
def _buildkit_client() -> str | None:
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin", "/usr/local/bin"]
    for client in dict.fromkeys(filter(None, (shutil.which("docker", path=folder) for folder in folders))):
        version = subprocess.run([client, "--version"], capture_output=True, text=True, check=False).stdout
        major = re.search(r"version (\d+)", version)
        plugin = subprocess.run([client, "buildx", "version"], capture_output=True, check=False)
        if plugin.returncode == 0 or (major and int(major[1]) < FIRST_CLIENT_THAT_NEEDS_BUILDX):
            return client
    return None


def buildkit_client() -> str:
    """A docker that builds with BuildKit: one with buildx, or one from before that was a program of its own."""
    client = _buildkit_client()
    if client is None:
        unavailable("no docker here builds with BuildKit: docker-buildx is not installed")
    assert client is not None
    return client


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def run_wide_lock(name: str) -> Iterator[Path]:
    """Hold the run-wide lock of this name; yields the folder in which the workers of a run share state."""
    state = Path(os.environ[STATE])
    with (state / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield state


def once_in_run(name: str, make: Callable[[Path], dict[str, str]]) -> dict[str, str]:
    """What ``make(folder)`` returns, made by the first worker that asks; if that failed, all learn why."""
    with run_wide_lock(name) as state:
        result = state / f"{name}.json"
        if not result.exists():
            folder = state / name
            folder.mkdir()
            try:
                made = make(folder)
            except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
                made = {"error": str(error)}
            result.write_text(json.dumps(made))
        loaded: dict[str, str] = json.loads(result.read_text())
    if "error" in loaded:
        unavailable(f"{name} could not be made: {loaded['error']}")
    return loaded


def _keep(folder: Path, command: list[str], is_ready: Callable[[], bool], seconds: float) -> None:
    """Start an engine under its keeper and wait until it answers."""
    owner = Path(os.environ[STATE], "owner").read_text()
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.engine_keeper", owner, str(folder), *command],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    (folder.parent / f"{folder.name}.pid").write_text(str(keeper.pid))
    deadline = time.monotonic() + seconds
    while not is_ready():
        if time.monotonic() > deadline or keeper.poll() is not None:
            log = folder / "log"
            said = log.read_text(errors="replace")[-1500:] if log.exists() else ""
            raise AssertionError(f"{command[0]} did not answer within {seconds} s: {said}")
        time.sleep(0.1)


def _storage_driver(folder: Path) -> str:
    """overlay2 where this machine can lay folders over one another there; vfs copies the whole image for each layer."""
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as trial:
        lower, upper, work, merged = (Path(trial, name) for name in ("lower", "upper", "work", "merged"))
        for each in (lower, upper, work, merged):
            each.mkdir()
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        mount = ["mount", "-t", "overlay", "overlay", "-o", options, str(merged)]
        if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
            return "vfs"
        subprocess.run(["umount", str(merged)], check=False)
    return "overlay2"


def start_docker(folder: Path, dockerd: str, *, on_containerd: bool = False) -> dict[str, str]:
    """A daemon with all its state in ``folder`` (whose path must be short: a socket's path has at most 107 bytes)."""
    socket_path = folder / "docker.sock"
    daemon = DockerDaemon(socket_path)
    command = [
        *(dockerd, "--host", daemon.host, "--pidfile", str(folder / "pid")),
        *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
        *("--bridge", "none", "--iptables=false"),
    ]
    if on_containerd:
        configuration = folder / "daemon.json"
        configuration.write_text(json.dumps({"features": {"containerd-snapshotter": True}}))
        command += ["--config-file", str(configuration)]
    else:
        command += ["--storage-driver", _storage_driver(folder)]

    def answers() -> bool:
        asked = subprocess.run(["docker", "version"], env=daemon.environment, capture_output=True, check=False)
        return asked.returncode == 0

    _keep(folder, command, answers, seconds=60)
    return {"socket": str(socket_path)}


def start_podman(folder: Path) -> dict[str, str]:
    """podman's service, with all its state in ``folder``."""
    podman = Podman(folder)
    command = ["podman", *podman.storage, "--cgroup-manager", "cgroupfs", "system", "service", "--time", "0"]

    def answers() -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(f"{folder}/podman.sock") == 0

    _keep(folder, [*command, podman.host], answers, seconds=30)
    return {"folder": str(folder)}


def start_containerd(folder: Path) -> dict[str, str]:
    """containerd, with all its state in ``folder``."""
    address = str(folder / "containerd.sock")
    command = ["containerd", "--address", address, "--root", f"{folder}/root", "--state", f"{folder}/state"]

    def answers() -> bool:
        asked = subprocess.run(["ctr", "--address", address, "version"], capture_output=True, check=False)
        return asked.returncode == 0

    _keep(folder, command, answers, seconds=30)
    return {"socket": address}


def start_registry(folder: Path, program: str, *, with_password: bool = False) -> dict[str, str]:
    """Debian's docker-registry on a loopback port, with its blobs in ``folder``."""
    address = f"127.0.0.1:{free_port()}"
    configuration: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}, "delete": {"enabled": True}},
        "http": {"addr": address},
    }
    if with_password:
        (folder / "htpasswd").write_text(f"{USER}:{_BCRYPT_OF_PASSWORD}\n")
        configuration["auth"] = {"htpasswd": {"realm": "lint-image tests", "path": str(folder / "htpasswd")}}
    (folder / "config.yml").write_text(json.dumps(configuration))  # JSON is YAML

    def answers() -> bool:
        try:
            urllib.request.urlopen(f"http://{address}/v2/", timeout=2).close()
        except urllib.error.HTTPError as error:
            return error.code == 401
        except OSError:
            return False
        return True

    _keep(folder, [program, "serve", str(folder / "config.yml")], answers, seconds=20)
    return {"address": address}


def stop_all(state: Path) -> None:
    """Stop every engine of a run and remove what it kept."""
    keepers = [int(path.read_text()) for path in state.glob("*.pid")]
    for keeper in keepers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(keeper, signal.SIGTERM)
    deadline = time.monotonic() + 30
    while any(path.is_dir() for name in state.glob("*.pid") if (path := name.with_suffix(""))):
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(scope="session")
def docker_daemon() -> DockerDaemon:
    """A Docker daemon of our own, empty at first."""
    dockerd = require_program("dockerd")
    require_program("docker")
    if os.geteuid() != 0:
        unavailable("dockerd needs root")
    return DockerDaemon(Path(once_in_run("docker", lambda folder: start_docker(folder, dockerd))["socket"]))


@pytest.fixture(scope="session")
def docker_on_containerd() -> DockerDaemon:
    """One on containerd's store. No engine that ``.ci/run`` can install: Debian's dockerd, of 20.10, has no such store."""
    if os.geteuid() != 0:
        pytest.skip("dockerd needs root")
    dockerd = require_program("dockerd")
    started = once_in_run("docker-on-containerd", lambda folder: start_docker(folder, dockerd, on_containerd=True))
    daemon = DockerDaemon(Path(started["socket"]))
    if "io.containerd.snapshotter" not in daemon.run("info", "--format", "{{json .DriverStatus}}"):
        pytest.skip("this dockerd has no containerd store: it came with 24")
    return daemon


@pytest.fixture(scope="session")
def registry() -> Registry:
    """A registry that lets everybody in."""
    program = require_program("docker-registry")
    return Registry(once_in_run("registry", lambda folder: start_registry(folder, program))["address"])


@pytest.fixture(scope="session")
def auth_registry() -> Registry:
    """A registry that wants a name and a password (Basic)."""
    program = require_program("docker-registry")
    started = once_in_run("auth-registry", lambda folder: start_registry(folder, program, with_password=True))
    return Registry(started["address"], USER, PASSWORD)


@pytest.fixture(scope="session")
def skopeo() -> str:
    """The path of skopeo, which copies images between all their forms."""
    return require_program("skopeo")


@pytest.fixture(scope="session")
def umoci() -> str:
    """The path of umoci, which unpacks and edits OCI layouts."""
    return require_program("umoci")


@pytest.fixture(scope="session")
def podman() -> Podman:
    """podman; its tests have ``@pytest.mark.toolchain("podman")``, since it is no engine that ``.ci/run`` installs."""
    if os.geteuid() != 0:
        pytest.skip("podman on a storage of its own needs root")
    return Podman(Path(once_in_run("podman", start_podman)["folder"]))


@pytest.fixture(scope="session")
def containerd() -> Containerd:
    """containerd; its tests have ``@pytest.mark.toolchain("containerd", "ctr")``."""
    if os.geteuid() != 0:
        pytest.skip("containerd needs root")
    return Containerd(Path(once_in_run("containerd", start_containerd)["socket"]))


@pytest.fixture(scope="session")
def python_base(docker_daemon: DockerDaemon) -> str:
    """Tag of an image FROM scratch with /bin/sh, some coreutils and the host's Python at /usr/local/bin/python3."""

    def make(folder: Path) -> dict[str, str]:
        return {"tag": docker_daemon.build(make_python_base(folder), PYTHON_BASE)}

    return once_in_run("python-base", make)["tag"]


@pytest.fixture(scope="session")
def function_context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build context: Dockerfile, app.py and awslambdaric installed by pip into ``packages/``. Copy before changing."""
    return Path(
        once_in_run("function-context", lambda folder: {"path": str(make_function(folder, PYTHON_BASE))})["path"]
    )


@pytest.fixture(scope="session")
def function_image(docker_daemon: DockerDaemon, python_base: str, function_context: Path) -> str:
    """Tag of a real function image: Python with awslambdaric, built by the real daemon."""
    return once_in_run("function-image", lambda _: {"tag": docker_daemon.build(function_context, FUNCTION)})["tag"]
