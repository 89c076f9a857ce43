"""What reading an image through the Docker daemon costs over the daemon's own time.

    python -m benchmarks.daemon_save [--folder DIR] [--runs N]

Starts a daemon of its own (as the tests do, which needs root), loads the image of 1.3 GB into it, and lets the commands
take turns: the daemon alone (``docker save``, and the same stream through its API), the scan of the layers, the whole
command without a cache and with one.
"""

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from benchmarks.image_maker import make_image
from benchmarks.turns import Turn, take_turns
from tests.engines import STATE, DockerDaemon, once_in_run, require_program, start_docker, stop_all

TAG = "benchmark:1"

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


def turns(cache: Path) -> Sequence[Turn]:
    """The commands; `cache` is a folder for ours."""
    check = [sys.executable, "-m", "lambda_image_lint", "check", "--isolated", "--fail-on", "never", f"docker:{TAG}"]
    return (
        Turn("docker save > /dev/null", ["docker", "save", TAG]),
        Turn("the stream through the API", [sys.executable, "-c", API, TAG]),
        Turn("scan alone", [sys.executable, "-c", SCAN, TAG]),
        Turn("lint-image check --no-cache", [*check, "--no-cache"]),
        Turn("lint-image check, all layers cached", [*check, "--cache-dir", str(cache)]),
    )


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "lambda-image-lint-benchmark")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    layout = make_image(options.folder / "real")
    with tempfile.TemporaryDirectory() as cache, daemon(options.folder) as docker:
        load(docker, layout)
        take_turns(turns(Path(cache)), options.runs, docker.environment)


if __name__ == "__main__":
    main()
