"""The program that holds a network, and the socket bound beside it."""

import os
import platform
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambda_image_lint.boot import network_holder

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    if network_holder.holder_image(ARCHITECTURE) is None:
        pytest.skip(f"no program for {platform.machine()}")
    path = tmp_path / "hold"
    path.write_bytes(network_holder.program(ARCHITECTURE))
    path.chmod(0o755)
    process = subprocess.Popen([path, "boot-1"])
    yield process
    process.kill()
    process.wait()


def test_the_holder_sleeps_until_it_is_killed(sleeper: "subprocess.Popen[bytes]") -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        sleeper.wait(0.3)
    sleeper.kill()
    assert sleeper.wait(5) == -signal.SIGKILL


@pytest.mark.skipif(os.geteuid() != 0, reason="another network namespace can be entered by root only")
def test_a_socket_beside_a_process_listens_in_that_processs_network(sleeper: "subprocess.Popen[bytes]") -> None:
    with network_holder.listener_beside(sleeper.pid, "boot-1") as listener:
        assert listener.getsockname() == ("127.0.0.1", network_holder.PORT)


def test_a_process_that_is_not_the_holder_is_left_alone() -> None:
    with pytest.raises(network_holder.NamespaceError, match="is not the daemon's container"):
        network_holder.listener_beside(os.getpid(), "boot-1")


def test_a_process_of_another_host_is_told_so() -> None:
    with pytest.raises(network_holder.NamespaceError, match="is not on this host"):
        network_holder.listener_beside(2**22 + 1, "boot-1")


def test_there_is_no_holder_for_a_machine_that_nobody_wrote_one_for() -> None:
    assert network_holder.holder_image("s390x") is None
