"""What Lambda makes of the types that a manifest names."""

from enum import StrEnum

from lambda_image_lint.image.descriptor import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    DOCKER_LAYER_ZSTD,
    DOCKER_SCHEMA_1,
    DOCKER_SCHEMA_1_SIGNED,
    MANIFESTS,
    OCI_CONFIG,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    Descriptor,
    family,
)
from lambda_image_lint.image.manifest import Manifest

SCHEMA_1 = frozenset({DOCKER_SCHEMA_1, DOCKER_SCHEMA_1_SIGNED})
CONFIGS = frozenset({DOCKER_CONFIG, OCI_CONFIG})


class LayerKind(StrEnum):
    """What a layer's media type says of it."""

    GZIP = "gzip"
    PLAIN = "plain"
    """An uncompressed tar."""
    ZSTD = "zstd"
    FOREIGN = "foreign"
    """Not kept in the registry: parts of Windows."""
    NO_LAYER = "no-layer"
    """Something else than a file system: an attestation, a chart, a model."""


_KINDS = {
    DOCKER_LAYER_GZIP: LayerKind.GZIP,
    OCI_LAYER_GZIP: LayerKind.GZIP,
    DOCKER_LAYER: LayerKind.PLAIN,
    OCI_LAYER: LayerKind.PLAIN,
    DOCKER_LAYER_ZSTD: LayerKind.ZSTD,
    OCI_LAYER_ZSTD: LayerKind.ZSTD,
}


def layer_kind(media_type: str) -> LayerKind:
    """What a layer's media type says of it."""
    if ".foreign." in media_type or ".nondistributable." in media_type:
        return LayerKind.FOREIGN
    return _KINDS.get(media_type, LayerKind.NO_LAYER)


def is_supported(manifest: Manifest) -> bool:
    """Whether an image manifest has only types that Lambda is known to take."""
    return (
        manifest.media_type in MANIFESTS
        and manifest.config is not None
        and manifest.config.media_type in CONFIGS
        and all(layer_kind(layer.media_type) is LayerKind.GZIP for layer in manifest.layers)
        and not strangers(manifest)
    )


def strangers(manifest: Manifest) -> tuple[Descriptor, ...]:
    """The parts of a manifest, config or layers, that are of the other vocabulary: OCI in Docker's, or the reverse."""
    parts = (*((manifest.config,) if manifest.config else ()), *manifest.layers)
    return tuple(part for part in parts if family(part.media_type) not in (None, manifest.family))


def is_image_manifest(manifest: Manifest) -> bool:
    """Whether it is a manifest of a single image, Docker's schema 2 or OCI's."""
    return manifest.media_type in MANIFESTS


def kinds_of_layers(manifest: Manifest) -> dict[tuple[LayerKind, str], list[int]]:
    """(kind, media type) → indexes of the layers that have it, base first."""
    kinds: dict[tuple[LayerKind, str], list[int]] = {}
    for position, layer in enumerate(manifest.layers):
        kinds.setdefault((layer_kind(layer.media_type), layer.media_type), []).append(position)
    return kinds


def declared_as(media_type: str | None) -> str | None:
    """How a layer of this type is stored, in the words of `stored_as`; None where the type does not tell."""
    if media_type is None:
        return None
    if media_type.endswith((".gzip", "+gzip")):
        return "gzip"
    if media_type.endswith((".zstd", "+zstd")):
        return "zstd"
    return "a plain tar" if layer_kind(media_type) is LayerKind.PLAIN else None
