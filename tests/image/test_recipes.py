"""Images from recipes: what rules/IMAGE_RECIPES.md promises to who writes a rule's page."""

import re
from pathlib import Path
from typing import Any

import pytest

from lambda_image_lint.errors import UsageError
from lambda_image_lint.image.descriptor import DOCKER_LAYER_ZSTD, DOCKER_MANIFEST, OCI_LAYER
from lambda_image_lint.image.sources import memory, tar_writer
from lambda_image_lint.image.sources.memory import image_of

GUIDE = (Path(__file__).parents[2] / "rules" / "IMAGE_RECIPES.md").read_text()


def test_the_guides_example_is_an_image() -> None:
    match = re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert match is not None
    image = image_of(match[1])
    assert (image.config.entrypoint, image.config.cmd) == (("/lambda-entrypoint.sh",), ("app.handler",))
    assert [(node.path, oct(node.mode)) for node in image.tree.walk()] == [
        ("/lambda-entrypoint.sh", "0o755"),
        ("/var", "0o755"),
        ("/var/task", "0o755"),
        ("/var/task/app.py", "0o644"),
    ]
    assert image.read("/var/task/app.py") == b"def handler(event, context): pass"
    assert not image.layers.problems
    assert [dict(layer.anomaly_counts) for layer in image.layers] == [{}]


def test_the_guide_names_every_key() -> None:
    keys = memory._LAYER_KEYS | memory._MANIFEST_KEYS | tar_writer._KEYS
    assert {key for key in keys if f"`{key}" not in GUIDE} == set()


def test_parents_come_once_and_again_after_they_were_deleted() -> None:
    layers: list[dict[str, Any]] = [
        {"files": {"/a/b/c": ""}},
        {"files": {"/a/b/d": ""}},
        {"whiteouts": ["/a/b"]},
        {"files": {"/a/b/e": ""}},
    ]
    found = image_of({"layers": layers}).layers
    assert [(layer.entries, len(layer.missing_parents)) for layer in found] == [(3, 0), (1, 0), (1, 0), (2, 0)]


def test_bytes_may_be_pretended() -> None:
    image = image_of({"layers": [{"pretend_bytes": 11 * 1024**3, "files": {"/a": ""}}, {"files": {"/b": ""}}]})
    assert image.layers.uncompressed_bytes > 11 * 1024**3
    assert image.layers[1].uncompressed_bytes < 10_000
    assert image.layers.problems == ()


def test_a_history_has_steps_without_layers() -> None:
    image = image_of({"layers": [{"created_by": "ENV A=1", "empty": True}, {"created_by": "RUN x", "files": {}}]})
    assert [(step.created_by, step.empty_layer) for step in image.config.history] == [
        ("ENV A=1", True),
        ("RUN x", False),
    ]
    assert image.layers[0].created_by == "RUN x"


def test_the_manifest_is_of_either_family_and_can_be_bent() -> None:
    docker = image_of(
        {"manifest": {"family": "docker", "extra": {"subject": None}}, "layers": [{"compression": "zstd"}]}
    )
    assert docker.manifest is not None
    assert (docker.manifest.media_type, docker.manifest.layers[0].media_type) == (DOCKER_MANIFEST, DOCKER_LAYER_ZSTD)
    plain = image_of(
        {"layers": [{"compression": "none"}], "manifest": {"media_type": "", "declared_media_type": "x/y"}}
    )
    assert plain.manifest is not None
    assert (plain.manifest.media_type, plain.manifest.layers[0].media_type) == ("x/y", OCI_LAYER)


def test_an_index_is_over_the_image_and_its_attestation() -> None:
    image = image_of(
        {"files": {"/a": ""}, "manifest": {"index": [{"attestation": True}, {"platform": "linux/arm64/v8"}]}}
    )
    assert image.manifest is not None
    assert [(str(child.platform), child.is_attestation) for child in image.manifest.children] == [
        ("unknown/unknown", True),
        ("linux/arm64/v8", False),
    ]
    assert image.manifest.image is not None
    assert image.tree.find("/a") is not None


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"fils": {}}, "a recipe has no fils"),
        ({"layers": [{"file": {}}]}, "a layer has no file"),
        ({"manifest": {"famly": "oci"}}, r"\[manifest\] has no famly"),
        ({"files": {"/a": {"contents": ""}}}, "/a|a: a file of a recipe has no contents"),
        ({"files": {"/a": {"kind": "socket"}}}, "a: a recipe has no kind 'socket'"),
        ({"layers": [{"compression": "xz"}]}, "a recipe has no compression 'xz'"),
        ("[files", "the recipe is no TOML"),
    ],
)
def test_a_slip_in_a_recipe_is_told(recipe: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        image_of(recipe)
