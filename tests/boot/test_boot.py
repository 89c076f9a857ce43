"""Boots with a real daemon: the conditions a function finds itself under, and what is left when it is over."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lambda_image_lint.boot import BootOptions, Outcome, Phase, boot, network, run
from lambda_image_lint.boot.container import LABEL, Engine, StartRefused
from lambda_image_lint.boot.network_holder import NamespaceError
from lambda_image_lint.errors import SourceError
from tests.boot import images
from tests.boot.variants import Entry, Variant
from tests.engines import DockerDaemon

Make = Callable[..., str]


@pytest.fixture
def daemon(docker_daemon: DockerDaemon, monkeypatch: pytest.MonkeyPatch) -> DockerDaemon:
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    return docker_daemon


@pytest.fixture
def function(daemon: DockerDaemon, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Make]:
    """Make an image of a Python function from its source; gone after the test."""
    made: list[str] = []

    def make(source: str, **config: object) -> str:
        variant = Variant(
            family="python",
            name=f"test-{os.getpid()}-{len(made)}",
            boot="ok",
            rules=(),
            message="",
            undecided="",
            entrypoint=None,
            command=("app.handler",),
            environment={},
            working_dir=None,
            config=config,
            files={"/var/task/app.py": Entry(text=source)},
        )
        made.append(images.load(images.base("python", daemon), variant, daemon, tmp_path))
        return made[-1]

    yield make
    for tag in made:
        daemon.run("rmi", "--force", tag)


def left_behind(daemon: DockerDaemon, boot_id: str) -> list[str]:
    """Containers, images, networks and volumes that a boot made and that are still there."""
    label = f"label={LABEL}={boot_id}"
    return [
        *daemon.run("ps", "--all", "--quiet", "--filter", label).split(),
        *daemon.run("images", "--all", "--quiet", "--filter", label).split(),
        *daemon.run("network", "ls", "--quiet", "--filter", label).split(),
        *daemon.run("volume", "ls", "--quiet", "--filter", f"name={boot_id}").split(),
    ]


def answer(image: str, options: BootOptions | None = None) -> object:
    result = boot(image, options)
    assert result.response is not None, result
    return json.loads(result.response)


def test_a_function_finds_lambdas_conditions(function: Make) -> None:
    image = function("""
import os
import socket


def attempt(action):
    try:
        action()
    except OSError as error:
        return error.strerror
    return "done"


def handler(event, context):
    status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
    return {
        "user": [os.getuid(), os.getgid()],
        "home": [os.environ["HOME"], os.path.exists(os.environ["HOME"])],
        "root": attempt(lambda: open("/var/task/new", "w")),
        "tmp": attempt(lambda: open("/tmp/new", "w")),
        "shared memory": os.path.exists("/dev/shm"),
        "capabilities": status["CapBnd"].strip(),
        "new privileges": status["NoNewPrivs"].strip(),
        "interfaces": [name for _, name in socket.if_nameindex()],
        "runtime api": os.environ["AWS_LAMBDA_RUNTIME_API"],
        "handler": os.environ["_HANDLER"],
        "task root": os.environ["LAMBDA_TASK_ROOT"],
        "memory": [os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], context.memory_limit_in_mb],
        "region": os.environ["AWS_REGION"],
        "event": event,
    }
""")
    assert answer(image, BootOptions(memory=256)) == {
        "user": [993, 990],
        "home": ["/home/sbx_user1051", False],
        "root": "Read-only file system",
        "tmp": "done",
        "shared memory": False,
        "capabilities": "0000000000000000",
        "new privileges": "1",
        "interfaces": ["lo"],
        "runtime api": "127.0.0.1:9001",
        "handler": "app.handler",
        "task root": "/var/task",
        "memory": ["256", "256"],
        "region": "us-east-1",
        "event": {},
    }


def test_an_images_volume_is_as_read_only_as_the_rest_and_keeps_its_files(function: Make) -> None:
    image = function(
        "def handler(event, context):\n    open('/var/task/new', 'w')\n",
        Volumes={"/var/task": {}},
    )
    result = boot(image)
    assert str(result.failure) == "OSError: [Errno 30] Read-only file system: '/var/task/new'"


def test_a_boot_tells_its_times_and_its_memory(function: Make) -> None:
    result = boot(function("def handler(event, context):\n    return 1\n"), BootOptions(event="sqs"))
    assert (result.outcome, result.phase, result.response) == (Outcome.OK, Phase.INVOKE, b"1")
    assert result.init_milliseconds is not None
    assert 0 < result.init_milliseconds < 10_000
    assert result.invoke_milliseconds is not None
    assert result.peak_memory_bytes is not None
    assert 2**20 < result.peak_memory_bytes < 512 * 2**20


def test_an_error_of_the_handler_is_told_with_its_trace_and_is_no_init_error(function: Make) -> None:
    result = boot(function("def handler(event, context):\n    return 1 / 0\n"))
    assert (result.outcome, result.phase) == (Outcome.FUNCTION_ERROR, Phase.INVOKE)
    assert result.failure is not None
    assert (result.failure.type, result.failure.message) == ("ZeroDivisionError", "division by zero")
    assert "app.py" in "".join(result.failure.trace)


def test_a_handler_that_takes_too_long_is_told_in_lambdas_words(function: Make) -> None:
    image = function("import time\n\n\ndef handler(event, context):\n    time.sleep(60)\n")
    result = boot(image, BootOptions(timeout=1))
    assert result.outcome is Outcome.TIMEOUT
    assert result.phase is Phase.INVOKE
    assert (
        str(result.failure)
        == f"Sandbox.Timedout: RequestId: {result.request_id} Error: Task timed out after 1.00 seconds"
    )


def test_a_handler_that_takes_too_much_memory_is_told_so(function: Make) -> None:
    image = function("def handler(event, context):\n    return len(bytearray(300 * 1024 * 1024))\n")
    result = boot(image, BootOptions(memory=128))
    assert result.outcome is Outcome.OUT_OF_MEMORY
    message = f"RequestId: {result.request_id} Error: Runtime exited with error: signal: killed"
    assert str(result.failure) == f"Runtime.ExitError: {message}"


def test_a_process_that_ends_inside_the_handler_is_told_with_its_status(function: Make) -> None:
    result = boot(function("import os\n\n\ndef handler(event, context):\n    os._exit(3)\n"))
    message = f"RequestId: {result.request_id} Error: Runtime exited with error: exit status 3"
    assert (result.outcome, result.exit_code, str(result.failure)) == (Outcome.EXIT, 3, f"Runtime.ExitError: {message}")


def test_a_failure_names_the_rules_behind_it_and_shows_the_log(function: Make) -> None:
    result = boot(function("print('before')\nimport absent\n"))
    assert result.outcome is Outcome.INIT_ERROR
    assert "handler-import-missing" in result.rules
    assert "before\n" in result.log


@pytest.mark.parametrize("source", ["def handler(event, context):\n    return 1\n", "import absent\n"])
def test_nothing_is_left_after_a_boot(
    function: Make, daemon: DockerDaemon, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    boot_id = run.new_boot_id()
    monkeypatch.setattr(run, "new_boot_id", lambda: boot_id)
    result = boot(function(source, Volumes={"/data": {}}))
    assert result.peak_memory_bytes is not None, result
    assert left_behind(daemon, boot_id) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_nothing_is_left_after_a_signal(
    function: Make, daemon: DockerDaemon, number: signal.Signals, code: int
) -> None:
    image = function("import time\n\n\ndef handler(event, context):\n    time.sleep(60)\n")
    program = f"""
import sys
from lambda_image_lint.boot import BootOptions, boot
try:
    boot({image!r}, BootOptions(timeout=60))
except KeyboardInterrupt:
    sys.exit(130)
"""
    running = ("--filter", f"ancestor={image}", "--format", f'{{{{.Label "{LABEL}"}}}}')
    process = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, **daemon.environment})
    try:
        deadline = time.monotonic() + 60
        while not (boot_ids := daemon.run("ps", *running).split()):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(number)
        assert process.wait(30) == code
    finally:
        process.kill()
    assert left_behind(daemon, boot_ids[0]) == []


def test_with_the_hosts_network_the_function_sees_its_interfaces(function: Make) -> None:
    image = function("import socket\n\n\ndef handler(event, context):\n    return len(socket.if_nameindex())\n")
    result = boot(image, BootOptions(network="host"))
    assert json.loads(result.response or b"0") == len(os.listdir("/sys/class/net"))
    assert result.notes == ()


def test_where_the_containers_network_cannot_be_entered_the_hosts_is_used_with_a_note(
    function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NamespaceError("cannot enter the container's network: Operation not permitted")

    def no_network(*_: object) -> None:
        raise StartRefused("no bridge driver")

    monkeypatch.setattr(network, "listener_beside", refuse)
    monkeypatch.setattr(Engine, "internal_network", no_network)
    result = boot(function("def handler(event, context):\n    return 1\n"))
    assert result.response == b"1"
    assert result.notes == (
        "the function has the host's network, where it would reach more than the Runtime API: "
        "cannot enter the container's network: Operation not permitted; no bridge driver",
    )


def test_an_unknown_image_is_an_error_that_says_what_to_do(daemon: DockerDaemon) -> None:
    with pytest.raises(SourceError) as caught:
        boot("docker:absent:1")
    assert caught.value.message == "no image 'absent:1' in the Docker daemon"
    assert "docker load" in caught.value.help


def test_a_daemon_that_is_not_there_is_an_error_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/absent.sock")
    with pytest.raises(SourceError) as caught:
        boot("app:1")
    assert caught.value.message.startswith("no Docker daemon answers")
    assert "DOCKER_HOST" in caught.value.help
