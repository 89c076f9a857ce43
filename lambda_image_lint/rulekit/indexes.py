"""Indexes: what they hold, and how to come by a single manifest."""

from collections import Counter

from lambda_image_lint.image.manifest import Child, Manifest
from lambda_image_lint.rulekit.media_types import is_supported
from lambda_image_lint.rulekit.platforms import same_architecture

_NAMED = 6
"""Kinds of children that are named. Own choice."""


def described(index: Manifest) -> str:
    """``linux/amd64, linux/arm64, 2 attestations``: each kind of child, images first as they come."""
    kinds = Counter(_kind(child) for child in sorted(index.children, key=lambda child: child.is_attestation))
    names = [_counted(kind, number) for kind, number in kinds.items()]
    return ", ".join(names[:_NAMED] + ["…"] * (len(names) > _NAMED)) or "of nothing"


def _kind(child: Child) -> str:
    if child.is_attestation:
        return "attestation"
    if child.descriptor.artifact_type is not None:
        return f"artifact {child.descriptor.artifact_type}"
    return str(child.platform) if child.platform is not None and str(child.platform) else "image without a platform"


def _counted(kind: str, number: int) -> str:
    if number == 1:
        return kind
    return f"{number} attestations" if kind == "attestation" else f"{number} × {kind}"


def cure(index: Manifest, architecture: str | None) -> str:
    """What to do: the flags of the builder that makes such an index, and whether its one image would do as it is.

    `architecture` is the function's, where it is known.
    """
    images = [child for child in index.children if not child.is_attestation and child.descriptor.artifact_type is None]
    if not images:
        return "Push the image itself to the tag."
    platform = index.chosen.platform if index.chosen is not None else None
    is_other = bool(platform and architecture and not same_architecture(platform.architecture, architecture))
    wanted = "" if is_other else str(platform or "")
    wanted = wanted or f"linux/{architecture or 'amd64'}"
    if len(images) < len(index.children):
        advice = (
            f"Build with `docker build --provenance=false --sbom=false --platform {wanted}`; in build-push-action set "
            "`provenance: false` and `sbom: false`, in serverless.yml `provenance: false` under the image, and for CDK, "
            "SAM and all else that calls Docker the environment variable BUILDX_NO_DEFAULT_ATTESTATIONS=1."
        )
    elif len(images) > 1:
        advice = f"Build one platform a tag: `docker build --provenance=false --sbom=false --platform {wanted}`."
    else:
        advice = f"Push its one image under a tag of its own, built with `docker build --provenance=false --platform {wanted}`."
    return advice if is_other else f"{advice} {_as_it_is(index)}".strip()


def _as_it_is(index: Manifest) -> str:
    chosen, image = index.chosen, index.image
    if chosen is None or image is None or not is_supported(image):
        return ""
    name = f"Its child {chosen.platform}" if chosen.platform is not None else "Its image"
    return f"{name} alone is a manifest that Lambda takes: in the registry it is named by @{chosen.descriptor.digest}."
