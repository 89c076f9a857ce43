"""An image of the daemon whose layers are all in the cache is not saved again, and what is told of it stays the same."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lambda_image_lint.image.cache import LayerCache
from lambda_image_lint.image.descriptor import OCI_INDEX
from lambda_image_lint.image.index import LayerIndex
from lambda_image_lint.image.layers import Compression
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from tests.commands import Done, lint_image
from tests.engines import DockerDaemon
from tests.image.sources import dialects
from tests.image.sources.contract import IMAGE, expected, facts
from tests.image.sources.daemon_proxy import DaemonProxy, before
from tests.image.sources.fake_daemon import FakeDaemon, fake_daemon, fake_server


@pytest.fixture
def proxy(docker_daemon: DockerDaemon) -> Iterator[DaemonProxy]:
    # A socket's path has at most 107 bytes, which a folder of pytest's may take up alone.
    with TemporaryDirectory() as folder, before(docker_daemon.socket, Path(folder)) as proxy:
        yield proxy


@pytest.fixture
def small(docker_daemon: DockerDaemon, tmp_path: Path) -> str:
    """The small image in the real daemon, by its name; of its four layers two are the same."""
    (tmp_path / "image.tar").write_bytes(dialects.docker_20(IMAGE))
    docker_daemon.run("load", "--input", tmp_path / "image.tar")
    return "app:1"


def check(proxy: DaemonProxy, image: str, folder: Path, *options: str) -> tuple[int, Done]:
    """How many saves a check of an image takes, and what it gives."""
    before = proxy.saves
    words = ["check", "--isolated", "-f", "json", f"--cache-dir={folder}/cache", *options, f"docker:{image}"]
    done = lint_image(*words, cwd=folder, environment={"DOCKER_HOST": proxy.host})
    assert done.report["targets"][0]["metrics"]["live_bytes"] is not None
    return proxy.saves - before, done


def test_a_second_check_saves_nothing_and_tells_the_same(
    proxy: DaemonProxy, function_image: str, tmp_path: Path
) -> None:
    saves, first = check(proxy, function_image, tmp_path)
    assert saves == 1
    assert check(proxy, function_image, tmp_path) == (0, first)
    assert check(proxy, function_image, tmp_path, "--no-cache") == (1, first)
    assert any(path.endswith("/json") for path in proxy.asked)


def test_one_layer_that_is_not_cached_takes_a_save(
    proxy: DaemonProxy, docker_daemon: DockerDaemon, function_image: str, tmp_path: Path
) -> None:
    check(proxy, function_image, tmp_path)
    context = tmp_path / "context"
    context.mkdir()
    (context / "extra.py").write_text("EXTRA = 1\n")
    (context / "Dockerfile").write_text(f"FROM {function_image}\nCOPY extra.py /var/task/\n")
    child = docker_daemon.build(context, "daemon-cache-child:1")
    saves, first = check(proxy, child, tmp_path)
    assert saves == 1
    assert check(proxy, child, tmp_path) == (0, first)
    assert check(proxy, child, tmp_path, "--no-cache") == (1, first)


def test_a_damaged_file_of_the_cache_takes_a_save(proxy: DaemonProxy, function_image: str, tmp_path: Path) -> None:
    _, first = check(proxy, function_image, tmp_path)
    largest = max((tmp_path / "cache").rglob("*.index"), key=lambda file: file.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:100])
    assert check(proxy, function_image, tmp_path) == (1, first)
    assert check(proxy, function_image, tmp_path) == (0, first)


def test_the_facts_of_an_image_from_the_cache_are_those_of_the_contract(
    proxy: DaemonProxy, small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", proxy.host)
    cache = LayerCache(tmp_path / "cache")
    assert facts(f"docker:{small}", cache=cache) == expected()
    assert facts(f"docker:{small}", cache=cache) == expected()
    assert proxy.saves == 1
    with Image(open_source(f"docker:{small}"), cache=cache) as image:
        assert image.manifest is None
        assert [(layer.digest, layer.compressed_bytes, layer.media_type) for layer in image.layers] == [
            (None, None, None)
        ] * 4
        # No layer can be had alone, from the cache as little as from the stream.
        assert image.read("/var/task/app.py") is None
    assert proxy.saves == 1


def test_layers_that_an_archive_has_compressed_do_not_stand_for_those_of_the_daemon(
    proxy: DaemonProxy, small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", proxy.host)
    cache = LayerCache(tmp_path / "cache")
    (tmp_path / "compressed.tar").write_bytes(dialects.compressed_layers(IMAGE))
    assert facts(f"docker-archive:{tmp_path}/compressed.tar", cache=cache) == expected()
    with Image(open_source(f"docker:{small}"), cache=cache) as image:
        assert {layer.compression for layer in image.layers} == {Compression.NONE}
    assert proxy.saves == 1


def test_layers_that_an_archive_has_plain_stand_for_those_of_the_daemon(
    proxy: DaemonProxy, small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", proxy.host)
    cache = LayerCache(tmp_path / "cache")
    facts(f"docker-archive:{tmp_path}/image.tar", cache=cache)
    assert facts(f"docker:{small}", cache=cache) == expected()
    assert proxy.saves == 0


def test_of_a_save_only_the_layers_that_are_not_cached_are_read(
    docker_home: Path, tmp_path: Path, scanned: list[LayerIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = LayerCache(tmp_path / "cache")
    (tmp_path / "one.tar").write_bytes(dialects.docker_25(IMAGE))
    facts(f"docker-archive:{tmp_path}/one.tar", cache=cache)
    scanned.clear()
    two = dialects.small_image("two")
    with fake_daemon(docker_home, two, dialects.docker_25(two)) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        found = facts("docker:app:1", cache=cache)
        assert [index.diff_id for index in scanned] == [two.diff_ids[1]]
        assert found == facts("docker:app:1")
    assert found["diff_ids"] == tuple(two.diff_ids)
    assert [(kind, size) for path, kind, _, _, size, _ in found["tree"] if path == "/data/marker"] == [("file", 3000)]


def containerd(folder: Path, saved: bytes, digest: str = "1" * 64) -> AbstractContextManager[FakeDaemon]:
    """A daemon on containerd's store."""
    descriptor = {"mediaType": OCI_INDEX, "digest": f"sha256:{digest}", "size": 1000}
    return fake_server(folder, IMAGE, saved, descriptor=descriptor)


def told(server: FakeDaemon, folder: Path, *options: str) -> tuple[int, Done]:
    """How many saves a whole check took, and what it gave."""
    before = server.saves
    words = ["check", "--isolated", "-f", "json", f"--cache-dir={folder}/cache", *options, "docker:app:1"]
    done = lint_image(*words, cwd=folder, environment={"DOCKER_HOST": f"unix://{server.server_address!s}"})
    return server.saves - before, done


def test_an_image_built_into_containerds_store_is_not_saved_again(docker_home: Path, tmp_path: Path) -> None:
    with containerd(docker_home, dialects.docker_containerd(IMAGE, is_pulled=False)) as server:
        saves, first = told(server, tmp_path)
        assert saves == 1
        assert first.report["targets"][0]["metrics"]["live_bytes"] is not None
        assert told(server, tmp_path) == (0, first)
        assert told(server, tmp_path, "--no-cache") == (1, first)
        assert told(server, tmp_path, "--no-layers")[0] == 0


def test_an_image_whose_other_platforms_may_still_be_pulled_is_saved_each_time(
    docker_home: Path, tmp_path: Path
) -> None:
    with containerd(docker_home, dialects.docker_containerd(IMAGE)) as server:
        saves, first = told(server, tmp_path)
        assert saves == 1
        assert told(server, tmp_path) == (1, first)


@pytest.mark.parametrize("damaged", ["*.documents", "*.index"])
def test_a_damaged_file_takes_a_save_from_containerds_store_too(
    docker_home: Path, tmp_path: Path, damaged: str
) -> None:
    with containerd(docker_home, dialects.docker_containerd(IMAGE, is_pulled=False)) as server:
        _, first = told(server, tmp_path)
        for file in (tmp_path / "cache").rglob(damaged):
            file.write_bytes(file.read_bytes()[:20])
        assert told(server, tmp_path) == (1, first)
        assert told(server, tmp_path) == (0, first)


def test_another_image_under_the_name_is_saved(docker_home: Path, tmp_path: Path) -> None:
    with containerd(docker_home, dialects.docker_containerd(IMAGE, is_pulled=False)) as server:
        told(server, tmp_path)
        assert server.descriptor is not None
        server.descriptor["digest"] = "sha256:" + "2" * 64
        assert told(server, tmp_path)[0] == 1


def test_what_is_cut_on_its_way_is_not_kept(docker_home: Path, tmp_path: Path) -> None:
    saved = dialects.docker_containerd(IMAGE, is_pulled=False)
    with containerd(docker_home, saved) as server:
        server.cut_after = len(saved) // 2
        assert told(server, tmp_path)[0] == 1
        server.cut_after = None
        saves, whole = told(server, tmp_path)
        assert saves == 1
        assert whole.report["errors"] == []
