"""One contract over every source and dialect: the same image gives the same facts, wherever and however it lies."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from tests.engines import DockerDaemon, Registry, run
from tests.image.sources import dialects
from tests.image.sources.contract import IMAGE, expected, facts
from tests.image.sources.dialects import small_image, tar_of, write_folder

ARCHIVES: dict[str, Callable[[], bytes]] = {
    "docker 20": lambda: dialects.docker_20(IMAGE),
    "docker 25": lambda: dialects.docker_25(IMAGE),
    "docker with containerd's store": lambda: dialects.docker_containerd(IMAGE),
    "podman": lambda: dialects.podman(IMAGE),
    "compressed layers": lambda: dialects.compressed_layers(IMAGE),
    "oci": lambda: tar_of(dialects.oci([("1", IMAGE)])),
    "oci, plain layers": lambda: tar_of(dialects.oci([("1", IMAGE)], compress=None, suffix="")),
    "oci, many gzip members": lambda: tar_of(dialects.oci([(None, IMAGE)], compress=dialects.gzipped_in_members)),
    "oci, zstd": lambda: tar_of(dialects.oci([(None, IMAGE)], compress=dialects.zstandard, suffix="+zstd")),
    "oci, docker types": lambda: tar_of(dialects.oci([("1", IMAGE)], suffix=".gzip", docker=True)),
    "oci, index in the index": lambda: tar_of(dialects.oci([("1", IMAGE)], nested=True)),
}


@pytest.mark.parametrize("write", ARCHIVES.values(), ids=ARCHIVES.keys())
@pytest.mark.parametrize("form", ["file", "gzipped file", "zstandard file", "standard input"])
def test_every_dialect_of_archive_gives_the_same_facts(write: Callable[[], bytes], form: str, tmp_path: Path) -> None:
    path = tmp_path / "image.txt"  # the name tells nothing
    data = write()
    compress = {"gzipped file": gzip.compress, "zstandard file": dialects.zstandard}.get(form, bytes)
    path.write_bytes(compress(data))
    if form == "standard input":
        assert facts("-", stream=io.BytesIO(data)) == expected()
    else:
        assert facts(str(path)) == expected()


def test_a_layout_gives_the_same_facts(tmp_path: Path) -> None:
    folder = write_folder(dialects.oci([("1", IMAGE), ("2", small_image("two"))]), tmp_path / "layout")
    assert facts(f"oci:{folder}:1") == expected()
    assert facts(f"oci:{folder}:1") != facts(f"oci:{folder}:2")


@pytest.fixture(scope="module")
def loaded(docker_daemon: DockerDaemon, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small image in the real daemon, by its name."""
    archive = tmp_path_factory.mktemp("load") / "image.tar"
    archive.write_bytes(dialects.docker_20(IMAGE))
    docker_daemon.run("load", "--input", archive)
    return "app:1"


def test_the_daemon_gives_the_same_facts(
    docker_daemon: DockerDaemon, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    assert facts(f"docker:{loaded}") == expected()
    with Image(open_source(loaded)) as image:
        assert image.source.answered_by == "Docker daemon"
        assert image.manifest is None


def test_what_the_real_docker_saves_gives_the_same_facts(
    docker_daemon: DockerDaemon, loaded: str, tmp_path: Path
) -> None:
    docker_daemon.run("save", "--output", tmp_path / "saved", loaded)
    assert facts(f"docker-archive:{tmp_path}/saved") == expected()
    with (tmp_path / "saved").open("rb") as stream:
        assert facts("-", stream=stream) == expected()


@pytest.mark.parametrize("kind", ["v2s2", "oci"])
def test_what_skopeo_copies_gives_the_same_facts(
    kind: str, registry: Registry, skopeo: str, tmp_path: Path, docker_home: Path
) -> None:
    source = tmp_path / "image.tar"
    source.write_bytes(dialects.docker_20(IMAGE))
    copy = [skopeo, "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false", "--format", kind]
    run([*copy, f"docker-archive:{source}", f"docker://{registry.address}/app:{kind}"])
    assert facts(f"registry:{registry.address}/app:{kind}") == expected()
    assert facts(f"{registry.address}/app:{kind}") == expected()
    if kind == "v2s2":
        run([*copy, f"docker-archive:{source}", f"docker-archive:{tmp_path}/again.tar"])
        assert facts(f"docker-archive:{tmp_path}/again.tar") == expected()
    else:
        run([*copy, f"docker-archive:{source}", f"oci:{tmp_path}/layout:1"])
        run([*copy, f"docker-archive:{source}", f"oci-archive:{tmp_path}/oci.tar:1"])
        assert facts(f"oci:{tmp_path}/layout") == expected()
        assert facts(f"oci:{tmp_path}/layout:1") == expected()
        assert facts(f"{tmp_path}/layout") == expected()
        assert facts(f"oci-archive:{tmp_path}/oci.tar:1") == expected()


def test_what_umoci_writes_is_read(umoci: str, tmp_path: Path) -> None:
    write_folder(dialects.oci([("1", IMAGE)]), tmp_path / "layout")
    (tmp_path / "added").write_bytes(b"more")
    run([umoci, "insert", "--rootless", "--image", f"{tmp_path}/layout:1", str(tmp_path / "added"), "/opt/added"])
    run([umoci, "config", "--image", f"{tmp_path}/layout:1", "--tag", "2", "--config.cmd", "other.handler"])
    with Image(open_source(f"oci:{tmp_path}/layout:1")) as image:
        assert image.layers.problems == ()
        assert [layer.diff_id for layer in image.layers][:-1] == IMAGE.diff_ids
        assert image.read("/opt/added") == b"more"
        assert image.config.cmd == ("app.handler",)
    with Image(open_source(f"oci:{tmp_path}/layout:2")) as image:
        assert image.config.cmd == ("other.handler",)


def test_of_the_platforms_in_an_archive_only_those_that_are_there_are_considered(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(dialects.docker_containerd(IMAGE))
    with Image(open_source(str(tmp_path / "image"))) as image:
        manifest = image.manifest
        assert manifest is not None
        assert manifest.is_index
        assert manifest.chosen is not None
        assert str(manifest.chosen.platform) == "linux/arm64"


def test_a_saved_image_shows_no_manifest_that_no_push_would_send(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(dialects.docker_25(IMAGE))
    for word in (f"{tmp_path}/image", f"docker-archive:{tmp_path}/image"):
        with Image(open_source(word)) as image:
            assert image.manifest is None
    with Image(open_source(f"oci-archive:{tmp_path}/image")) as image:
        assert image.manifest is not None


@pytest.mark.parametrize("scheme", ["oci-archive", "docker-archive"])
def test_of_several_images_the_tag_chooses_and_without_it_the_error_names_them(scheme: str, tmp_path: Path) -> None:
    path = tmp_path / "many.tar"
    two = small_image("two")
    if scheme == "oci-archive":
        path.write_bytes(tar_of(dialects.oci([("app:1", IMAGE), ("app:2", two)])))
    else:
        files = dialects.oci([("app:1", IMAGE), ("app:2", two)], compress=None, suffix="")
        listed = []
        for entry, image in zip(json.loads(files["index.json"])["manifests"], (IMAGE, two), strict=True):
            manifest = json.loads(files[f"blobs/sha256/{entry['digest'].removeprefix('sha256:')}"])
            listed.append(dialects._list_of(image, manifest, entry["annotations"][dialects.REF_NAME]))
        del files["index.json"]
        path.write_bytes(tar_of(files | {"manifest.json": dialects.encoded(listed)}))
    for tag in ("1", "app:1", "docker.io/library/app:1"):
        assert facts(f"{scheme}:{path}:{tag}") == expected()
    assert facts(f"{scheme}:{path}:2")["run"][-1] == {"marker": "two"}
    with pytest.raises(SourceError) as error:
        facts(f"{scheme}:{path}")
    assert (error.value.message, error.value.help) == (
        f"{path} holds 2 images",
        "Name one of them after a colon; there are app:1, app:2",
    )
    with pytest.raises(SourceError) as error:
        facts(f"{scheme}:{path}:3")
    assert error.value.message == f'no image in {path} is called "3"'


def test_entries_of_one_name_with_platforms_are_one_image_for_several_platforms(tmp_path: Path) -> None:
    files = dialects.oci([(None, IMAGE), (None, small_image("two"))])
    index = json.loads(files["index.json"])
    for entry, architecture in zip(index["manifests"], ("arm64", "amd64"), strict=True):
        entry["platform"] = {"os": "linux", "architecture": architecture}
    write_folder(files | {"index.json": dialects.encoded(index)}, tmp_path / "layout")
    with Image(open_source(f"oci:{tmp_path}/layout")) as image:
        assert image.manifest is not None
        assert image.manifest.is_index
        assert image.config.labels == {"marker": "two"}
