"""The real daemon on containerd's store, Docker's default since 29: an image comes with the manifest that a push sends.

Skipped where dockerd has no such store, as Debian's of 20.10; run with 25.0.17 and 29.7.2, which tell it in two ways.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lambda_image_lint.image.cache import LayerCache
from lambda_image_lint.image.layers import Compression
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from tests.commands import lint_image
from tests.engines import DockerDaemon, Registry
from tests.image.sources import dialects
from tests.image.sources.contract import IMAGE, expected, facts
from tests.image.sources.daemon_proxy import DaemonProxy, before


@pytest.fixture
def proxy(
    docker_on_containerd: DockerDaemon, docker_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DaemonProxy]:
    with TemporaryDirectory() as folder, before(docker_on_containerd.socket, Path(folder)) as proxy:
        monkeypatch.setenv("DOCKER_HOST", proxy.host)
        yield proxy


def loaded(daemon: DockerDaemon, name: str, folder: Path, *, in_index: bool) -> str:
    """The small image in the daemon, by its name: a manifest, or all that was pulled of an index of two platforms."""
    blobs: dialects.Blobs = {}
    entry = dialects.as_manifest(IMAGE, blobs, dialects.gzipped, "+gzip")
    if in_index:
        entry["platform"] = {"os": "linux", "architecture": "amd64"}
        absent = {"digest": dialects.sha256(b"never pulled"), "platform": {"os": "linux", "architecture": "arm64"}}
        index = dialects.index_of([{**entry, **absent}, entry])
        blobs[dialects.sha256(index)] = index
        entry = {"mediaType": dialects.OCI_INDEX, "digest": dialects.sha256(index), "size": len(index)}
    entry["annotations"] = {"io.containerd.image.name": f"docker.io/library/{name}"}
    layout = dialects.layout_files(dialects.index_of([entry]), blobs)
    (folder / "image.tar").write_bytes(dialects.tar_of(layout))
    daemon.run("load", "--input", folder / "image.tar")
    return name


@pytest.fixture
def single(docker_on_containerd: DockerDaemon, tmp_path: Path) -> str:
    """One manifest."""
    return loaded(docker_on_containerd, "single:1", tmp_path, in_index=False)


@pytest.fixture
def in_part(docker_on_containerd: DockerDaemon, tmp_path: Path) -> str:
    """An index of which only one platform is there."""
    return loaded(docker_on_containerd, "in-part:1", tmp_path, in_index=True)


def test_the_facts_are_those_of_every_source_and_the_second_time_nothing_is_saved(
    single: str, proxy: DaemonProxy, tmp_path: Path
) -> None:
    cache = LayerCache(tmp_path / "cache")
    for _ in range(2):
        assert facts(f"docker:{single}", cache=cache) == expected()
        assert proxy.saves == 1
    with Image(open_source(f"docker:{single}")) as image:
        assert image.manifest is not None
        assert not image.manifest.is_index
        assert {layer.compression for layer in image.layers} == {Compression.GZIP}


def test_an_index_of_which_one_platform_was_pulled_is_told_and_that_one_is_linted(
    in_part: str, proxy: DaemonProxy, tmp_path: Path
) -> None:
    for _ in range(2):
        assert facts(f"docker:{in_part}") == expected()
    words = ["check", "--isolated", "-f", "json", "--select", "manifest-is-index", f"docker:{in_part}"]
    done = lint_image(*words, cwd=tmp_path, environment={"DOCKER_HOST": proxy.host})
    assert done.code == 1
    assert [finding["message"] for finding in done.report["findings"]] == [
        "the reference names an index (linux/arm64, linux/amd64), and Lambda takes a single manifest"
    ]


def test_what_docker_save_writes_gives_the_same_in_a_file(
    single: str, docker_on_containerd: DockerDaemon, tmp_path: Path
) -> None:
    docker_on_containerd.run("save", single, "--output", tmp_path / "saved.tar")
    assert facts(f"{tmp_path}/saved.tar") == expected()


def test_what_a_push_sends_is_what_the_daemon_keeps(
    single: str, docker_on_containerd: DockerDaemon, registry: Registry, proxy: DaemonProxy
) -> None:
    pushed = f"{registry.address}/containerd-store:1"
    docker_on_containerd.run("tag", single, pushed)
    docker_on_containerd.run("push", "--quiet", pushed)
    digests = []
    for word in (f"docker:{single}", f"registry:{pushed}"):
        with Image(open_source(word)) as image:
            assert image.manifest is not None
            digests.append(image.manifest.digest)
    assert digests[0] == digests[1]
    assert facts(f"registry:{pushed}") == expected()
