"""Manifests and indexes: what is chosen, what is told of those that are wrong, and what is refused outright."""

import hashlib
import json
from typing import Any

import pytest

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.descriptor import DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, Descriptor
from lambda_image_lint.image.manifest import parse_manifest
from lambda_image_lint.image.problem import Damage
from lambda_image_lint.image.source import RawManifest

DIGEST = "sha256:" + "a" * 64
ATTESTED = {"vnd.docker.reference.type": "attestation-manifest"}


def raw(document: Any, media_type: str | None = None, digest: str | None = None) -> RawManifest:
    return RawManifest(json.dumps(document).encode(), media_type, digest)


def child(platform: str | None, digest: str = DIGEST, **more: Any) -> dict[str, Any]:
    made = {"mediaType": OCI_MANIFEST, "digest": digest, "size": 2, **more}
    if platform is not None:
        os, architecture, *variant = platform.split("/")
        made["platform"] = {"os": os, "architecture": architecture} | ({"variant": variant[0]} if variant else {})
    return made


def index(*children: dict[str, Any]) -> RawManifest:
    return raw({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(children)})


def chosen(manifest: RawManifest, **options: Any) -> str | None:
    choice = parse_manifest(manifest, **options).chosen
    return None if choice is None else str(choice.platform)


@pytest.mark.parametrize(
    ("platforms", "options", "expected"),
    [
        (["linux/arm64", "linux/amd64"], {}, "linux/amd64"),
        (["linux/arm64/v8", "linux/amd64"], {"arch": "arm64"}, "linux/arm64/v8"),
        (["linux/arm64", "linux/amd64"], {"arch": "x86_64"}, "linux/amd64"),
        (["linux/arm64", "linux/amd64"], {"arch": "x86_64", "platform": "linux/arm64/v8"}, "linux/arm64"),
        (["linux/arm/v6", "linux/arm/v7"], {"platform": "linux/arm/v7"}, "linux/arm/v7"),
        (["unknown/unknown", "linux/s390x"], {}, "linux/s390x"),
        (["linux/amd64"], {"arch": "arm64"}, "linux/amd64"),
        (["unknown/unknown"], {}, None),
        ([], {}, None),
        ([], {"platform": "linux/amd64"}, None),
    ],
)
def test_the_child_of_an_index_is_that_of_platform_then_arch_then_amd64_then_any_real_one(
    platforms: list[str], options: dict[str, str], expected: str | None
) -> None:
    assert chosen(index(*(child(platform) for platform in platforms)), **options) == expected


def test_a_platform_that_the_index_lacks_is_refused_with_those_that_it_has() -> None:
    both = index(child("linux/arm64"), child("linux/amd64"), child("unknown/unknown", annotations=ATTESTED))
    with pytest.raises(SourceError) as caught:
        parse_manifest(both, platform="linux/s390x")
    assert caught.value.message == "the index has no child for linux/s390x"
    assert caught.value.help == "It has linux/arm64, linux/amd64: name one of them with --platform"


def test_children_that_the_source_does_not_hold_are_chosen_last() -> None:
    here = "sha256:" + "b" * 64
    both = index(child("linux/amd64"), child("linux/arm64", here))

    def holds(descriptor: Descriptor) -> bool:
        return descriptor.digest == here

    assert chosen(both, holds=holds) == "linux/arm64"
    assert chosen(both, holds=lambda _: False) == "linux/amd64"


def test_attestations_are_known_by_annotation_or_platform() -> None:
    manifest = parse_manifest(index(child("linux/amd64"), child(None, annotations=ATTESTED), child("unknown/unknown")))
    assert [child.is_attestation for child in manifest.children] == [False, True, True]
    assert (manifest.is_index, manifest.image, manifest.family) == (True, None, "oci")


def test_an_image_manifest_tells_config_layers_and_what_it_is() -> None:
    document = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST,
        "config": {"mediaType": "c", "digest": DIGEST, "size": 1},
        "layers": [{"mediaType": "l", "digest": DIGEST, "size": 5, "annotations": {"a": "b"}, "urls": ["https://x"]}],
    }
    source = raw(document)
    manifest = parse_manifest(source)
    assert manifest.config == Descriptor("c", DIGEST, 1)
    assert manifest.layers == (Descriptor("l", DIGEST, 5, annotations={"a": "b"}, urls=("https://x",)),)
    assert (manifest.family, manifest.image, manifest.size) == ("docker", manifest, len(source.raw))
    assert manifest.digest == "sha256:" + hashlib.sha256(source.raw).hexdigest()
    assert manifest.problems == ()


@pytest.mark.parametrize(
    ("document", "declared", "media_type"),
    [
        ({"layers": [], "config": {}}, None, OCI_MANIFEST),
        ({"manifests": []}, None, OCI_INDEX),
        ({"layers": []}, DOCKER_MANIFEST, DOCKER_MANIFEST),
        ({"schemaVersion": 1, "fsLayers": []}, None, "application/vnd.docker.distribution.manifest.v1+json"),
        ({}, None, ""),
    ],
)
def test_a_manifest_without_media_type_is_told_by_what_declares_it_or_by_its_keys(
    document: dict[str, Any], declared: str | None, media_type: str
) -> None:
    assert parse_manifest(raw(document, declared)).media_type == media_type


@pytest.mark.parametrize(
    ("document", "details"),
    [
        ({"schemaVersion": 2, "layers": []}, ["manifest.config is missing"]),
        ({"schemaVersion": 2, "config": [], "layers": {}}, [
            "manifest.config is a list, not an object", "manifest.layers is an object, not a list of objects",
            "manifest.config is missing", "manifest.layers is missing",
        ]),
        ({"config": {"digest": DIGEST, "size": -4}, "layers": [7]}, [
            "manifest.layers[0] is a number, not an object", "manifest.config.size is -4",
            "manifest.layers[0].digest is missing", "manifest.layers[0].size is missing",
        ]),
        ({"mediaType": 3, "manifests": "x"}, [
            "manifest.mediaType is a number, not a string", "manifest.manifests is a string, not a list of objects",
        ]),
        ({"manifests": [{"digest": DIGEST, "size": True, "platform": "linux"}]}, [
            "manifest.manifests[0].platform is a string, not an object",
            "manifest.manifests[0].size is true or false, not a whole number", "manifest.manifests[0].size is missing",
        ]),
    ],
)  # fmt: skip
def test_wrong_types_and_missing_keys_are_problems(document: dict[str, Any], details: list[str]) -> None:
    problems = parse_manifest(raw(document)).problems
    assert [problem.detail for problem in problems] == details
    assert {problem.damage for problem in problems} == {Damage.DOCUMENT}


def test_a_promise_that_does_not_hold_is_a_problem() -> None:
    document = {"mediaType": OCI_MANIFEST, "config": {"digest": DIGEST, "size": 1}, "layers": []}
    problems = parse_manifest(raw(document, DOCKER_MANIFEST, DIGEST)).problems
    assert [problem.damage for problem in problems] == [Damage.DIGEST, Damage.DOCUMENT]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"<html>",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"[]",
        b"null",
        b'"x"',
        b"7" * 10_000,
        b"\0" * 4_194_304,
    ],
)
def test_what_is_no_json_object_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^the manifest is "):
        parse_manifest(RawManifest(data))


def test_a_manifest_of_four_mebibytes_is_read() -> None:
    document = {"layers": [], "config": {"digest": DIGEST, "size": 1}, "annotations": {"a": "x" * 4_194_304}}
    assert parse_manifest(raw(document)).size > 4_194_304
