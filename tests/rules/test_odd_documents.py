"""Whatever a manifest and a config hold, the rules on them answer: findings, or why they could not decide."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_image_lint.image.descriptor import (
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    DOCKER_SCHEMA_1,
    OCI_CONFIG,
    OCI_EMPTY,
    OCI_INDEX,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
)
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.source import RawManifest
from lambda_image_lint.image.sources.memory import MemorySource
from tests.rules.linting import SMALL, run_image
from tests.rules.linting import settings as run_settings

TYPES = [DOCKER_LAYER, DOCKER_MANIFEST, DOCKER_SCHEMA_1, OCI_CONFIG, OCI_EMPTY, OCI_INDEX, OCI_LAYER_ZSTD, OCI_MANIFEST]
KEYS = [
    "schemaVersion", "mediaType", "config", "layers", "manifests", "digest", "size", "platform", "os", "architecture",
    "annotations", "artifactType", "Env", "Cmd", "history", "created", "created_by", "rootfs", "diff_ids", "type",
]  # fmt: skip
WORDS = [
    "",
    "linux",
    "arm64",
    "windows",
    "2024-02-31",
    "2024-01-01T00:00:00Z",
    "TOKEN=abcdefgh1234",
    "RUN |1 A=b /bin/sh -c x",
]

values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.sampled_from(TYPES), st.sampled_from(WORDS), st.text(max_size=9)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)),
    max_leaves=20,
)
documents = st.dictionaries(st.sampled_from(KEYS), values, max_size=3)


DESCRIPTOR = {"mediaType": OCI_LAYER_ZSTD, "digest": "sha256:0", "size": 1}
MANIFEST = {"schemaVersion": 2, "config": {**DESCRIPTOR, "mediaType": OCI_CONFIG}, "layers": [DESCRIPTOR, DESCRIPTOR]}
CONFIG = {
    "os": "linux",
    "architecture": "amd64",
    "rootfs": {"diff_ids": ["a", "b"]},
    "config": {"Env": ["DB_PASSWORD=correct-9"]},
}
"""What the odd keys are laid over, so that not everything ends at the first of them."""


class Odd(MemorySource):
    """A small image under a manifest and a config of anybody's making."""

    odd_manifest: dict[str, Any]
    odd_config: dict[str, Any] | None

    def manifest(self) -> RawManifest | None:
        return RawManifest(json.dumps(self.odd_manifest).encode())

    def child(self, descriptor: object) -> RawManifest:
        return RawManifest(json.dumps({**self.odd_manifest, "manifests": None}).encode())

    def config(self, descriptor: object) -> bytes:
        return b"{" if self.odd_config is None else json.dumps(self.odd_config).encode()


@settings(max_examples=80, deadline=None)
@given(documents, st.none() | documents)
def test_no_document_makes_a_rule_crash(manifest: dict[str, Any], config: dict[str, Any] | None) -> None:
    source = Odd(SMALL)
    source.odd_manifest = {**MANIFEST, **manifest}
    source.odd_config = None if config is None else {**CONFIG, **config}
    for chosen in ("acceptance", "security", "dead-bytes", "size-budget", "stale-image"):
        image = Image(source)
        outcome = run_image(image, chosen, run_settings(no_layers=True, arch="arm64"))
        assert [failure.message for failure in outcome.failures if "crashed" in failure.message] == []
