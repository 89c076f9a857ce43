"""How much is read: a check of manifest and config takes kilobytes of an image of hundreds of megabytes."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from lambda_image_lint.image.sources.registry import RegistrySource
from tests.commands import lint_image
from tests.engines import DockerDaemon, Registry
from tests.image.sources.dialects import DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, encoded, small_image
from tests.image.sources.pushing import put_manifest, upload

MEBIBYTE = 1024 * 1024
LAYER_BYTES = 256 * MEBIBYTE


class CountingProxy:
    """Passes connections on to a server and counts every byte that comes back, headers included."""

    def __init__(self, upstream: str) -> None:
        host, _, port = upstream.rpartition(":")
        self._upstream = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.received = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(self._upstream)
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while data := source.recv(MEBIBYTE):
                if counted:
                    self.received += len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # one side hung up
            source.close()


@pytest.fixture(scope="module")
def large_image(registry: Registry) -> str:
    """The reference of an image whose one layer has 256 MiB that no compression shrinks."""
    image = small_image()
    layer = os.urandom(MEBIBYTE) * (LAYER_BYTES // MEBIBYTE)
    layer_digest = upload(registry, "large", layer)
    config_digest = upload(registry, "large", image.config)
    manifest = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST,
        "config": {"mediaType": DOCKER_CONFIG, "size": len(image.config), "digest": config_digest},
        "layers": [{"mediaType": f"{DOCKER_LAYER}.gzip", "size": len(layer), "digest": layer_digest}] * 4,
    }
    put_manifest(registry, "large", "1", DOCKER_MANIFEST, encoded(manifest))
    return "large:1"


@pytest.fixture
def proxy(registry: Registry) -> Iterator[CountingProxy]:
    counting = CountingProxy(registry.address)
    yield counting
    counting.close()


def test_manifest_and_config_of_a_large_image_take_kilobytes(
    proxy: CountingProxy, large_image: str, docker_home: Path
) -> None:
    with Image(open_source(f"registry:{proxy.address}/{large_image}")) as image:
        assert image.config.cmd == ("app.handler",)
        assert image.manifest is not None
        assert sum(layer.size for layer in image.manifest.layers) == 4 * LAYER_BYTES
        _ = image.estimate  # a few bytes of each layer
        assert isinstance(image.source, RegistrySource)
        counted = image.source.transferred
    assert counted <= proxy.received < 64 * 1024


def test_a_layer_whose_reader_stops_is_not_transferred_to_its_end(
    proxy: CountingProxy, large_image: str, docker_home: Path
) -> None:
    with Image(open_source(f"registry:{proxy.address}/{large_image}")) as image:
        assert image.manifest is not None
        blob = image.source.layers(image.manifest.layers)[0]
        with blob.open() as stream:
            assert len(stream.read(1000)) == 1000
    assert proxy.received < LAYER_BYTES / 4


def test_the_config_of_an_image_in_the_daemon_takes_no_save(
    docker_daemon: DockerDaemon, python_base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    with Image(open_source(f"docker:{python_base}")) as image:
        monkeypatch.setattr(type(image.source), "read_through", None)
        assert image.config.working_dir == "/var/task"
        assert [image.config.created_by(index)[:12] for index in range(len(image.config.diff_ids))][:1] == [
            "/bin/sh -c #"
        ]


def test_naming_a_source_loads_nothing_that_a_dockerfile_check_does_not_need() -> None:
    program = (
        "import sys; before = set(sys.modules)\n"
        "import lambda_image_lint.image.sources, lambda_image_lint.image.reference\n"
        "heavy = {'docker', 'oras', 'requests', 'urllib3', 'ssl', 'isal', 'tarfile', 'subprocess', 'logging', 'json'}\n"
        "import json; print(json.dumps(sorted(heavy & (set(sys.modules) - before) - {'json'})))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    "options",
    [
        ["--no-layers"],
        ["--select", "manifest-is-index,manifest-too-large,platform-unsupported,no-effect-instruction,reserved-env"],
    ],
    ids=["no layers", "rules on the config alone"],
)
def test_a_check_that_needs_no_layer_reads_none(
    proxy: CountingProxy, large_image: str, docker_home: Path, options: list[str], tmp_path: Path
) -> None:
    done = lint_image("check", "-f", "json", *options, f"registry:{proxy.address}/{large_image}", cwd=tmp_path)
    assert proxy.received < 64 * 1024
    assert done.report["targets"][0]["metrics"]["compressed_bytes"] == 4 * LAYER_BYTES
    assert done.report["targets"][0]["metrics"]["dead_bytes"] is None
    assert bool(done.report["not_run"]) == (options == ["--no-layers"])
