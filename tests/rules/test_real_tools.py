"""Images as other tools write and registries keep them, in the forms that Lambda refuses."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from lambda_image_lint.image.sources.memory import MemorySource
from tests.engines import DockerDaemon, Registry
from tests.image.layouts import write_layout
from tests.rules.linting import SMALL, named, only, run_word


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    write_layout(MemorySource(SMALL), tmp_path / "layout", "app")
    return tmp_path / "layout"


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def test_an_image_that_skopeo_pushed_is_taken_in_either_vocabulary(
    skopeo: str, registry: Registry, layout: Path
) -> None:
    for form in ("oci", "v2s2"):
        name = f"{registry.address}/accepted-{form}:1"
        run(skopeo, "copy", "--format", form, "--dest-tls-verify=false", f"oci:{layout}:app", f"docker://{name}")
        outcome = run_word(f"registry:{name}", "acceptance", arch="x86_64")
        assert named(outcome) == []
        assert outcome.not_run == ()


def test_layers_that_skopeo_wrote_with_zstd_are_told(skopeo: str, layout: Path, tmp_path: Path) -> None:
    there = tmp_path / "zstd"
    run(skopeo, "copy", "--dest-compress-format", "zstd", "--dest-compress", f"oci:{layout}:app", f"oci:{there}:app")
    assert named(run_word(f"oci:{there}:app", "acceptance")) == [("layer-type-unsupported", "warning")]


def test_what_docker_would_save_is_not_held_to_the_compression_of_its_layers(
    skopeo: str, layout: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "saved.tar"
    run(skopeo, "copy", f"oci:{layout}:app", f"docker-archive:{archive}:app:1")
    assert named(run_word(f"docker-archive:{archive}", "acceptance")) == []


def test_an_index_in_a_registry_is_told_and_its_child_by_digest_is_taken(
    skopeo: str, registry: Registry, layout: Path
) -> None:
    entry = json.loads((layout / "index.json").read_text())["manifests"][0]
    child = {key: entry[key] for key in ("mediaType", "digest", "size")}
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{**child, "platform": {"os": "linux", "architecture": "amd64"}}],
    }
    raw = json.dumps(index).encode()
    digest = hashlib.sha256(raw).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(raw)
    tag = {"org.opencontainers.image.ref.name": "all"}
    top = {"mediaType": index["mediaType"], "digest": f"sha256:{digest}", "size": len(raw), "annotations": tag}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
    name = f"{registry.address}/indexed"
    run(skopeo, "copy", "--all", "--dest-tls-verify=false", f"oci:{layout}:all", f"docker://{name}:1")
    outcome = run_word(f"registry:{name}:1", "acceptance")
    assert only(outcome).help.endswith(f"in the registry it is named by @{child['digest']}.")
    assert named(run_word(f"registry:{name}@{child['digest']}", "acceptance")) == []


def test_a_file_that_umoci_inserts_has_no_parent(umoci: str, layout: Path, tmp_path: Path) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(b"x" * 512)
    run(umoci, "insert", "--rootless", "--image", f"{layout}:app", str(file), "/opt/deep/data.bin")
    outcome = run_word(f"oci:{layout}:app", "layer-parent-missing")
    assert only(outcome).message == "layer 1: /opt/deep/data.bin comes before its directory /opt/deep"


def test_an_image_that_docker_built_has_nothing_of_these(
    docker_daemon: DockerDaemon, function_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    for chosen in ("acceptance", "security", "dead-bytes", "stale-image"):
        assert named(run_word(f"docker:{function_image}", chosen, arch="x86_64")) == []


def test_secrets_and_waste_of_a_real_build_are_told(
    docker_daemon: DockerDaemon, python_base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.bin").write_bytes(b"x" * 2**23)
    (tmp_path / "Dockerfile").write_text(
        f"FROM {python_base}\nARG NPM_TOKEN\nENV DB_PASSWORD=correct-horse-9\nCOPY model.bin /opt/\nRUN chmod 600 /opt/model.bin\n"
    )
    secret = "npm_" + "a1B2" * 9
    tag = docker_daemon.build(tmp_path, "leaking:1", "--build-arg", f"NPM_TOKEN={secret}")
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    assert named(run_word(f"docker:{tag}", "security")) == [("secret-in-arg", "warning"), ("secret-in-env", "error")]
    wasted = only(run_word(f"docker:{tag}", "dead-bytes"))
    assert wasted.message.startswith("8.0 MiB of the layers' files (")
    assert "(RUN chmod 600 /opt/model.bin) writes 8.0 MiB of layer 1 (COPY file:" in wasted.help
    assert secret not in wasted.help
