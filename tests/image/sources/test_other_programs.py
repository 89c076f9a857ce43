"""The contract, on what podman, buildah, containerd and skopeo write: the same facts, whoever wrote them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lambda_image_lint.image.cache import LayerCache
from lambda_image_lint.image.index import LayerIndex
from lambda_image_lint.image.layers import Compression
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from tests.engines import Containerd, Podman, run
from tests.image.sources import dialects
from tests.image.sources.contract import IMAGE, expected, facts
from tests.image.sources.daemon_proxy import before

# podman's commands wait for one another: they lock the storage.
pytestmark = pytest.mark.xdist_group("podman")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The small image as Docker saves it: what all of these programs take in."""
    path = tmp_path / "image.tar"
    path.write_bytes(dialects.docker_20(IMAGE))
    return path


@pytest.fixture
def in_podman(podman: Podman, archive: Path) -> str:
    """The small image in podman's storage, by its name."""
    podman.run("podman", "load", "--quiet", "--input", archive)
    return "localhost/app:1"


@pytest.mark.toolchain("podman")
@pytest.mark.parametrize(
    ("format", "scheme"), [("docker-archive", "docker-archive"), ("oci-archive", "oci-archive"), ("oci-dir", "oci")]
)
def test_what_podman_saves(format: str, scheme: str, podman: Podman, in_podman: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    podman.run("podman", "save", "--quiet", "--format", format, "--output", saved, in_podman)
    assert facts(f"{scheme}:{saved}") == expected()
    assert facts(f"{scheme}:{saved}:1") == expected()
    assert facts(str(saved)) == expected()


@pytest.mark.toolchain("podman")
def test_podman_behind_dockers_api(
    podman: Podman, in_podman: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = LayerCache(tmp_path / "cache")
    with before(Path(podman.host.removeprefix("unix://")), podman.folder) as proxy:
        monkeypatch.setenv("DOCKER_HOST", proxy.host)
        for word in (f"docker:{in_podman}", "docker:app:1", "app:1"):
            assert facts(word) == expected()
        assert proxy.saves == 3
        assert facts(f"docker:{in_podman}", cache=cache) == expected()
        assert facts(f"docker:{in_podman}", cache=cache) == expected()
        assert proxy.saves == 4


@pytest.mark.toolchain("podman", "buildah")
def test_of_what_podman_sends_only_the_layers_that_are_not_cached_are_read(
    podman: Podman, in_podman: str, tmp_path: Path, scanned: list[LayerIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", podman.host)
    cache = LayerCache(tmp_path / "cache")
    facts(f"docker:{in_podman}", cache=cache)
    assert {index.diff_id for index in scanned} == set(IMAGE.diff_ids)
    scanned.clear()
    (tmp_path / "Dockerfile").write_text(f"FROM {in_podman}\nCOPY Dockerfile /data/\n")
    podman.run("buildah", "bud", "--quiet", "--layers", "--tag", "child:1", tmp_path)
    found = facts("docker:child:1", cache=cache)
    assert [index.diff_id for index in scanned] == [found["diff_ids"][-1]]
    assert found == facts("docker:child:1")
    assert "/data/Dockerfile" in [node[0] for node in found["tree"]]


@pytest.mark.toolchain("podman", "buildah")
@pytest.mark.parametrize("scheme", ["oci-archive", "docker-archive", "oci"])
def test_what_buildah_pushes(scheme: str, podman: Podman, in_podman: str, tmp_path: Path) -> None:
    podman.run("buildah", "push", "--quiet", in_podman, f"{scheme}:{tmp_path}/pushed:app:1")
    assert facts(f"{scheme}:{tmp_path}/pushed") == expected()
    assert facts(f"{scheme}:{tmp_path}/pushed:app:1") == expected()


@pytest.mark.toolchain("podman", "buildah")
@pytest.mark.parametrize("format", ["oci", "docker"])
def test_what_buildah_builds_is_the_same_however_it_leaves(
    format: str, podman: Podman, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = tmp_path / "context"
    context.mkdir()
    (context / "app.py").write_text("def handler(): ...\n")
    instructions = [
        "FROM scratch",
        "ENV MODE=built",
        "COPY app.py /var/task/",
        "WORKDIR /var/task",
        'CMD ["app.handler"]',
    ]
    (context / "Dockerfile").write_text("\n".join(instructions))
    podman.run("buildah", "bud", "--quiet", "--layers", "--format", format, "--tag", f"built-{format}:1", context)
    forms = ("oci-archive", "docker-archive", "oci")
    for form in forms:
        podman.run("buildah", "push", "--quiet", f"built-{format}:1", f"{form}:{tmp_path}/{form}:built:1")
    found = {form: facts(f"{form}:{tmp_path}/{form}") for form in forms}
    monkeypatch.setenv("DOCKER_HOST", podman.host)
    found["docker"] = facts(f"docker:built-{format}:1")
    assert found["oci"]["problems"] == []
    assert found["oci"]["run"][1:4] == (("app.handler",), {**found["oci"]["run"][2], "MODE": "built"}, "/var/task")
    assert "/var/task/app.py" in [node[0] for node in found["oci"]["tree"]]
    assert all(layer[1] for layer in found["oci"]["layers"]), "a layer without the step that made it"
    for form, told in found.items():
        # In Docker's format buildah writes an empty list where OCI's has nothing; they mean the same.
        told["run"] = (told["run"][0] or None, *told["run"][1:])
        assert told == found["oci"], form


def as_docker_archive(_skopeo: str, archive: Path) -> Path:
    return archive


def as_oci_archive(skopeo: str, archive: Path) -> Path:
    copy = [skopeo, "copy", "--quiet", "--insecure-policy"]
    run([*copy, f"docker-archive:{archive}", f"oci-archive:{archive}.oci:1"])
    return Path(f"{archive}.oci")


def as_zstd_archive(skopeo: str, archive: Path) -> Path:
    copy = [skopeo, "copy", "--quiet", "--insecure-policy", "--dest-compress", "--dest-compress-format", "zstd"]
    run([*copy, f"docker-archive:{archive}", f"oci-archive:{archive}.zstd:1"])
    return Path(f"{archive}.zstd")


@pytest.mark.toolchain("containerd", "ctr")
@pytest.mark.parametrize(
    ("write", "compression"),
    [
        (as_docker_archive, Compression.NONE),
        (as_oci_archive, Compression.GZIP),
        (as_zstd_archive, Compression.ZSTD),
    ],
)
def test_what_containerd_exports(
    write: Callable[[str, Path], Path],
    compression: Compression,
    containerd: Containerd,
    skopeo: str,
    archive: Path,
    tmp_path: Path,
) -> None:
    namespace = ["--namespace", compression]
    containerd.run(*namespace, "image", "import", "--no-unpack", "--base-name", "localhost/app", write(skopeo, archive))
    (name,) = containerd.run(*namespace, "image", "list", "--quiet").split()
    containerd.run(*namespace, "image", "export", tmp_path / "exported", name)
    assert facts(f"oci-archive:{tmp_path}/exported") == expected()
    assert facts(f"{tmp_path}/exported") == expected()
    with Image(open_source(f"oci-archive:{tmp_path}/exported")) as image:
        assert {layer.compression for layer in image.layers} == {compression}


def test_what_skopeo_compresses_with_zstd(skopeo: str, archive: Path, tmp_path: Path) -> None:
    copy = [skopeo, "copy", "--quiet", "--insecure-policy", "--dest-compress", "--dest-compress-format", "zstd"]
    run([*copy, f"docker-archive:{archive}", f"oci:{tmp_path}/layout:1"])
    run([*copy, f"docker-archive:{archive}", f"docker-archive:{tmp_path}/archive.tar:app:1"])
    assert facts(f"oci:{tmp_path}/layout:1") == expected()
    assert facts(f"docker-archive:{tmp_path}/archive.tar") == expected()
    with Image(open_source(f"oci:{tmp_path}/layout:1")) as image:
        assert {layer.compression for layer in image.layers} == {Compression.ZSTD}
