"""The daemon that is not there, that has no such image, that is silent or breaks off; and the history that it tells."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.cache import LayerCache
from lambda_image_lint.image.config import parse_config
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.problem import Damage
from lambda_image_lint.image.sources import daemon, open_source
from lambda_image_lint.image.sources.daemon import config_of, manifest_digest
from lambda_image_lint.image.sources.daemon_history import history_of
from tests.commands import lint_image
from tests.engines import DockerDaemon
from tests.image.sources.daemon_proxy import before
from tests.image.sources.dialects import (
    OCI_INDEX,
    SmallImage,
    docker_20,
    docker_25,
    docker_containerd,
    gzipped,
    podman,
    small_image,
)
from tests.image.sources.fake_daemon import fake_daemon, fake_server

IMAGE = small_image()


def test_no_daemon_is_one_sentence(docker_home: Path) -> None:
    with pytest.raises(SourceError) as error:
        open_source("docker:app:1")
    assert (
        error.value.message
        == f"no Docker daemon answers at unix://{docker_home}/absent.sock: No such file or directory"
    )
    assert (
        error.value.help == "Start Docker or set DOCKER_HOST, or name an archive, an OCI layout or a registry instead"
    )


@pytest.mark.parametrize("host", ["tcp://127.0.0.1:1", "rubbish://x", "unix:///dev/null"])
def test_an_address_where_no_daemon_is_is_one_sentence(
    host: str, docker_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(SourceError) as error:
        open_source("docker:app:1")
    assert error.value.message.startswith(f"no Docker daemon answers at {host}: ")
    assert "\n" not in error.value.message


def test_a_silent_daemon_is_left_after_a_while(docker_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "ANSWER_SECONDS", 0.5)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{docker_home}/silent.sock")
        listener.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{docker_home}/silent.sock")
        started = time.monotonic()
        with pytest.raises(SourceError, match="no Docker daemon answers"):
            open_source("docker:app:1")
        assert time.monotonic() - started < 5


def test_an_image_that_the_real_daemon_does_not_have_is_named(
    docker_daemon: DockerDaemon, docker_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    with pytest.raises(SourceError) as error:
        open_source("docker:not-here:1")
    assert error.value.message == 'the Docker daemon has no image "not-here:1"'
    with pytest.raises(SourceError) as error:
        open_source("not-here:1", offline=True)
    assert error.value.message == ('the Docker daemon has no image "not-here:1"; --offline forbids to ask docker.io')
    with pytest.raises(SourceError, match='has no image "' + "ab" * 32):
        open_source("ab" * 32)  # an id, which no registry knows


def test_the_daemon_of_the_current_context_is_asked(
    docker_daemon: DockerDaemon, docker_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_HOST")
    for arguments in (["create", "ours", "--docker", f"host={docker_daemon.host}"], ["use", "ours"]):
        docker_daemon.run("--config", docker_home / ".docker", "context", *arguments)
    with pytest.raises(SourceError, match="the Docker daemon has no image"):
        open_source("docker:not-here:1")


@pytest.mark.parametrize("is_chunked", [True, False], ids=["chunked", "of announced length"])
def test_a_daemon_that_breaks_off_in_the_middle_of_a_save_is_one_sentence(
    is_chunked: bool, docker_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_daemon(docker_home, IMAGE, docker_20(IMAGE), cut_after=9000, is_chunked=is_chunked) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        with pytest.raises(SourceError) as error, Image(open_source("docker:app:1")) as image:
            _ = image.layers
    early = "it ended early" if is_chunked else f"it ended {len(docker_20(IMAGE)) - 9000} bytes early"
    assert error.value.message == f"the Docker daemon broke off saving docker:app:1: {early}"


def test_a_save_that_breaks_off_is_asked_for_and_told_once_however_many_rules_want_layers(docker_home: Path) -> None:
    with (
        fake_daemon(docker_home, IMAGE, docker_20(IMAGE), cut_after=9000) as host,
        before(Path(host.removeprefix("unix://")), docker_home) as proxy,
    ):
        words = ["check", "--isolated", "--no-cache", "-f", "json", "docker:app:1"]
        done = lint_image(*words, cwd=docker_home, environment={"DOCKER_HOST": proxy.host})
    assert proxy.saves == 1
    (told,) = done.report["errors"]
    assert done.code == 2
    assert told["message"].startswith("the Docker daemon broke off saving docker:app:1: ")
    assert done.errors == f"error: docker:app:1: {told['message']}\n  help: {told['help']}\n"


def test_a_daemon_behind_the_same_api_is_read_alike(docker_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_daemon(docker_home, IMAGE, docker_20(IMAGE)) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        with Image(open_source("docker:app:1")) as image:
            assert [layer.diff_id for layer in image.layers] == IMAGE.diff_ids
            assert image.layers.problems == ()


def test_a_daemon_on_containerds_store_gives_the_index_that_a_push_would_send(
    docker_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptor = {"mediaType": OCI_INDEX, "digest": "sha256:" + "1" * 64, "size": 1000}
    with fake_daemon(docker_home, IMAGE, docker_containerd(IMAGE), descriptor=descriptor) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        with Image(open_source("app:1")) as image:
            assert image.source.answered_by == "Docker daemon"
            assert image.manifest is not None
            assert image.manifest.is_index
            assert [str(child.platform) for child in image.manifest.children] == [
                "linux/amd64",
                "linux/arm64",
                "unknown/unknown",
            ]
            assert [layer.diff_id for layer in image.layers] == IMAGE.diff_ids
            assert image.layers.problems == ()


class Claimed(SmallImage):
    """The image of a daemon that tells other diff ids than its layers have: the real ones check before they send."""

    @property
    def diff_ids(self) -> list[str]:
        return [f"sha256:{number:064x}" for number in (1, 2, 1, 4)]


CLAIMED = Claimed(IMAGE.layers, IMAGE.config)


def test_what_the_daemon_has_checked_is_not_hashed_again(docker_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = LayerCache(docker_home / "cache")
    with fake_server(docker_home, CLAIMED, docker_20(IMAGE)) as server:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{server.server_address!s}")
        for saves in (1, 1):
            with Image(open_source("docker:app:1"), cache=cache) as image:
                assert [layer.diff_id for layer in image.layers] == CLAIMED.diff_ids
                assert image.layers.problems == ()
            assert server.saves == saves


@pytest.mark.parametrize("save", [docker_25, podman])
def test_an_archive_that_names_other_layers_than_the_inspect_is_told(
    save: Callable[[SmallImage], bytes], docker_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_daemon(docker_home, CLAIMED, save(IMAGE)) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        with Image(open_source("docker:app:1"), cache=LayerCache(docker_home / "cache")) as image:
            assert [(problem.damage, problem.layer) for problem in image.layers.problems] == [
                (Damage.DIFF_ID, number) for number in range(4)
            ]
            assert image.layers.problems[0].detail == (
                f"the layer's diff_id is {IMAGE.diff_ids[0]}, the config says {CLAIMED.diff_ids[0]}"
            )


def test_a_layer_that_is_no_whole_tar_is_told_whatever_the_daemon_says(
    docker_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = SmallImage((*IMAGE.layers[:3], IMAGE.layers[3][:1024] + b"x" * 512), IMAGE.config)
    cache = LayerCache(docker_home / "cache")
    with fake_server(docker_home, damaged, docker_20(damaged)) as server:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{server.server_address!s}")
        for saves in (1, 2):
            with Image(open_source("docker:app:1"), cache=cache) as image:
                assert [(problem.damage, problem.layer) for problem in image.layers.problems] == [(Damage.STREAM, 3)]
            assert server.saves == saves


def test_a_layer_of_containerds_store_is_held_against_its_digest(
    docker_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """containerd checks what it takes in, not what it sends: a disk may have lost a bit since."""
    blob = gzipped(IMAGE.layers[1])
    saved = docker_containerd(IMAGE, is_pulled=False)
    assert saved.count(blob) == 1
    changed = saved.replace(blob, blob[:4] + b"\x01" + blob[5:])  # the time in gzip's header, which no checksum covers
    descriptor = {"mediaType": OCI_INDEX, "digest": "sha256:" + "1" * 64, "size": 1000}
    with fake_daemon(docker_home, IMAGE, changed, descriptor=descriptor) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        with Image(open_source("docker:app:1")) as image:
            assert [(problem.damage, problem.layer) for problem in image.layers.problems] == [(Damage.DIGEST, 1)]


ID, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64


@pytest.mark.parametrize(
    ("told", "digest"),
    [
        ({"RepoDigests": []}, None),
        ({"RepoDigests": None, "Descriptor": None}, None),
        # On Docker's own store the id is the config's digest, and a reference has the manifest's.
        ({"RepoDigests": [f"app@{OTHER}"]}, None),
        ({"RepoDigests": [f"other@{OTHER}", f"app@{ID}"]}, ID),
        ({"RepoDigests": [f"app@{ID}"], "Descriptor": {"digest": OTHER}}, OTHER),
    ],
)
def test_containerds_store_is_told_from_dockers_own(told: dict[str, Any], digest: str | None) -> None:
    assert manifest_digest({"Id": ID, **told}) == digest


def step(created_by: str, size: int) -> dict[str, Any]:
    return {"CreatedBy": created_by, "Size": size, "Created": 1767225600, "Comment": "", "Id": "<missing>"}


@pytest.mark.parametrize(
    ("steps", "layer_count", "made_layers"),
    [
        # The builder of old marks its metadata steps; here each layer has a size.
        (
            [step('/bin/sh -c #(nop)  CMD ["a"]', 0), step("/bin/sh -c pip install x", 9), step("ADD rootfs /", 5)],
            2,
            "+ + -",
        ),
        # `RUN true` makes an empty layer, which only its instruction tells.
        ([step("ENV A=1", 0), step("RUN true", 0), step("COPY . .", 5)], 2, "+ + -"),
        ([step("WORKDIR /new", 0), step('ENTRYPOINT ["x"]', 0), step("COPY . .", 5)], 2, "+ - +"),
        # All of them, whatever they seem.
        ([step("ENV A=1", 0), step("LABEL b=1", 0)], 2, "+ +"),
        # Nothing accounts for three: the steps are laid over no layer.
        ([step("ENV A=1", 0), step("COPY . .", 5)], 3, "+ +"),
        ([], 0, ""),
    ],
)
def test_the_steps_that_made_layers_are_found(steps: list[dict[str, Any]], layer_count: int, made_layers: str) -> None:
    history = history_of(steps, layer_count)
    assert " ".join("-" if entry.get("empty_layer") else "+" for entry in history) == made_layers
    assert [entry["created_by"] for entry in history] == [entry["CreatedBy"] for entry in reversed(steps)]


def test_what_inspect_tells_becomes_a_config() -> None:
    inspected = {
        "Id": "sha256:1",
        "Architecture": "arm64",
        "Variant": "v8",
        "Os": "linux",
        "Created": "2026-01-01T00:00:00Z",
        "Config": {"Entrypoint": None, "Cmd": ["a.b"], "Env": ["A=1"], "User": ""},
        "RootFS": {"Type": "layers", "Layers": ["sha256:aa", "sha256:bb"]},
    }
    steps = [step("ENV A=1", 0), step("RUN one", 1), step("RUN two", 2)]
    config = parse_config(json.dumps(config_of(inspected, steps)).encode())
    assert config.problems == ()
    assert (config.os, config.architecture, config.variant, config.created) == (
        "linux",
        "arm64",
        "v8",
        "2026-01-01T00:00:00Z",
    )
    assert (config.entrypoint, config.cmd, config.env) == (None, ("a.b",), {"A": "1"})
    assert config.diff_ids == ("sha256:aa", "sha256:bb")
    assert [config.created_by(index) for index in (0, 1)] == ["RUN two", "RUN one"]
    assert config.history[0].created == "2026-01-01T00:00:00Z"
