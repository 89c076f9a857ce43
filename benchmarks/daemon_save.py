"""What reading an image through the Docker daemon costs over the daemon's own time.

    python -m benchmarks.daemon_save [--folder DIR] [--runs N]

Starts a daemon of its own (as the tests do, which needs root), loads the image of 1.3 GB into it, and lets the commands
take turns: the daemon alone (``docker save``, and the same stream through its API), the scan of the layers, the whole
command without a cache and with one. A ratio is the median of the ratios of each turn to its own ``docker save``:
what else the machine does then weighs on both sides.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from benchmarks.image_maker import make_image
from tests.engines import STATE, DockerDaemon, once_in_run, require_program, start_docker, stop_all

TAG = "benchmark:1"
BASELINE = "docker save > /dev/null"

API = """
import http.client, os, socket, sys
connection = http.client.HTTPConnection("docker")
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(os.environ["DOCKER_HOST"].removeprefix("unix://"))
connection.request("GET", f"/images/{sys.argv[1]}/get")
answer, buffer = connection.getresponse(), bytearray(1 << 18)
while answer.readinto(buffer):
    pass
"""

SCAN = """
import sys
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
with Image(open_source("docker:" + sys.argv[1])) as image:
    assert image.tree.find("/usr") and not image.layers.problems, image.layers.problems
"""


def commands(cache: Path) -> dict[str, Sequence[str]]:
    """What takes turns, by name; each leaves standard output alone or has it thrown away."""
    check = [sys.executable, "-m", "lambda_image_lint", "check", "--isolated", "--fail-on", "never", f"docker:{TAG}"]
    return {
        BASELINE: ["docker", "save", TAG],
        "the stream through the API": [sys.executable, "-c", API, TAG],
        "scan alone": [sys.executable, "-c", SCAN, TAG],
        "lint-image check --no-cache": [*check, "--no-cache"],
        "lint-image check, all layers cached": [*check, "--cache-dir", str(cache)],
    }


@contextmanager
def daemon(folder: Path) -> Iterator[DockerDaemon]:
    """A daemon that ends with the benchmark, its state below `folder`."""
    state = Path(tempfile.mkdtemp(prefix="lint-image-", dir=folder))
    (state / "owner").write_text(str(os.getpid()))
    os.environ[STATE] = str(state)
    try:
        dockerd = require_program("dockerd")
        yield DockerDaemon(Path(once_in_run("docker", lambda home: start_docker(home, dockerd))["socket"]))
    finally:
        stop_all(state)


def load(docker: DockerDaemon, layout: Path) -> None:
    """Put the image of an OCI layout into a daemon, which takes its blobs as they are, given a list of them."""
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads((layout / _path(index["manifests"][0]["digest"])).read_text())
    parts = [manifest["config"], *manifest["layers"]]
    paths = [_path(part["digest"]) for part in parts]
    listed = json.dumps([{"Config": paths[0], "RepoTags": [TAG], "Layers": paths[1:]}]).encode()
    loader = subprocess.Popen(["docker", "load", "--quiet"], env=docker.environment, stdin=subprocess.PIPE)
    with loader, tarfile.open(fileobj=loader.stdin, mode="w|") as archive:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(listed)
        archive.addfile(entry, BytesIO(listed))
        for path in paths:
            archive.add(layout / path, path)
    if loader.returncode:
        raise SystemExit(f"docker load ended with {loader.returncode}")


def _path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def timed(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds on the clock, and of the processors for the command alone; the daemon's are not among them."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return end - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "lambda-image-lint-benchmark")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    layout = make_image(options.folder / "real")
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as cache, daemon(options.folder) as docker:
        load(docker, layout)
        taken: dict[str, list[tuple[float, float]]] = {}
        # The first turn fills the caches, the machine's and ours, and does not count.
        for turn in range(options.runs + 1):
            for name, command in commands(Path(cache)).items():
                figures = timed(command, docker.environment)
                if turn:
                    taken.setdefault(name, []).append(figures)
    for name, figures in taken.items():
        ratio = statistics.median(
            clock / alone for (clock, _), (alone, _) in zip(figures, taken[BASELINE], strict=True)
        )
        clock, processor = (statistics.median(column) for column in zip(*figures, strict=True))
        print(f"{name:40} {clock:7.2f} s  {ratio:5.2f} ×  {processor:6.2f} s CPU")


if __name__ == "__main__":
    main()
