"""The manifest: raw and parsed, also when it is an index."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.descriptor import (
    DOCKER_SCHEMA_1,
    INDEXES,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    Platform,
    family,
    normal_architecture,
)
from lambda_image_lint.image.documents import Fields, parse_object
from lambda_image_lint.image.problem import Damage, Problem
from lambda_image_lint.image.source import RawManifest

_ATTESTATION = "vnd.docker.reference.type"
"""BuildKit's annotation of a child that holds provenance or an SBOM in place of an image."""


class Child(Struct, frozen=True):
    """One entry of an index."""

    descriptor: Descriptor

    @property
    def platform(self) -> Platform | None:
        """What it runs on; None where the index does not say."""
        return self.descriptor.platform

    @property
    def annotations(self) -> Mapping[str, str]:
        """Of the entry in the index."""
        return self.descriptor.annotations

    @property
    def is_attestation(self) -> bool:
        """Whether it holds provenance or an SBOM, no image."""
        return self.annotations.get(_ATTESTATION) == "attestation-manifest" or (
            self.platform is not None and (self.platform.os, self.platform.architecture) == ("unknown", "unknown")
        )


class Manifest(Struct, frozen=True):
    """What the reference names, and the image manifest that is linted: itself, or the chosen child of an index."""

    raw: bytes
    media_type: str
    """As the document says, else as the source declared, else told by its keys; empty where nothing tells."""
    digest: str
    """``sha256:…`` of the raw bytes, computed."""
    data: Mapping[str, Any]
    is_index: bool
    children: tuple[Child, ...] = ()
    """Of an index, in its order."""
    chosen: Child | None = None
    """The child that is linted; None for a single manifest, or where no child is an image."""
    child: "Manifest | None" = None
    """The chosen child's own document, perhaps an index again; None where the source does not hold it."""
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    """Base first."""
    artifact_type: str | None = None
    subject: Descriptor | None = None
    """What a referrer (a signature, an SBOM) refers to."""
    annotations: Mapping[str, str] | None = None
    declared_media_type: str | None = None
    """As the source declared it; where it differs from the document's own, `problems` says so."""
    problems: tuple[Problem, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the raw document."""
        return len(self.raw)

    @property
    def family(self) -> str | None:
        """``docker`` or ``oci``; None for any other type."""
        return family(self.media_type)

    @property
    def image(self) -> "Manifest | None":
        """The image manifest that is linted: this one, or the chosen child's; None where there is none."""
        if not self.is_index:
            return self
        return self.child.image if self.child is not None else None

    def with_child(self, child: "Manifest") -> "Manifest":
        """The same index with its chosen child's document read."""
        return replace(self, child=child)


def parse_manifest(
    source: RawManifest,
    *,
    platform: str | None = None,
    arch: str | None = None,
    holds: Callable[[Descriptor], bool] = lambda _: True,
) -> Manifest:
    """Read a manifest or an index, and choose the child of an index that is to be linted.

    The child is that of `platform` (``linux/arm64``), else of `arch` (``arm64``, ``x86_64``), else linux/amd64, else
    the first with a real platform; those that the source does not hold come last. Raises `SourceError` where the
    document is no JSON object, or where an index lacks the platform that was asked for.
    """
    import hashlib

    data = parse_object(source.raw, "manifest")
    problems: list[Problem] = []
    fields = Fields(data, "manifest", problems)
    digest = "sha256:" + hashlib.sha256(source.raw).hexdigest()
    if source.digest is not None and source.digest.startswith("sha256:") and source.digest != digest:
        problems.append(
            Problem(Damage.DIGEST, f"the manifest's digest is {digest}, not {source.digest}", key="manifest")
        )
    own = fields.text("mediaType")
    if own and source.media_type and own != source.media_type:
        fields.wrong("mediaType", f"is {own}, but the source declares {source.media_type}")
    media_type = own or source.media_type or _told_by_keys(data)
    is_index = media_type in INDEXES or ("manifests" in data and "layers" not in data)
    children = tuple(Child(_descriptor(child)) for child in fields.objects("manifests") or ()) if is_index else ()
    config = None if is_index else fields.object("config")
    layers = None if is_index else fields.objects("layers")
    if not is_index and "schemaVersion" in data and data["schemaVersion"] != 1:
        if config is None:
            fields.wrong("config", "is missing")
        if layers is None:
            fields.wrong("layers", "is missing")
    subject = fields.object("subject")
    return Manifest(
        raw=source.raw,
        media_type=media_type,
        digest=digest,
        data=data,
        is_index=is_index,
        children=children,
        chosen=choose(children, platform, arch, holds),
        config=None if config is None else _descriptor(config),
        layers=tuple(_descriptor(layer) for layer in layers or ()),
        artifact_type=fields.text("artifactType"),
        subject=None if subject is None else _descriptor(subject),
        annotations=fields.text_map("annotations"),
        declared_media_type=source.media_type,
        problems=tuple(problems),
    )


def choose(
    children: tuple[Child, ...], platform: str | None, arch: str | None, holds: Callable[[Descriptor], bool]
) -> Child | None:
    """The child of an index that is to be linted; see `parse_manifest`."""
    images = [child for child in children if not child.is_attestation]
    candidates = [child for child in images if holds(child.descriptor)] or images
    if platform is not None and candidates:
        asked = _of_platform(candidates, Platform.parse(platform))
        if asked is None:
            has = ", ".join(str(child.platform) for child in candidates if child.platform) or "no platform"
            raise SourceError(
                f"the index has no child for {platform}", f"It has {has}: name one of them with --platform"
            )
        return asked
    for architecture in (arch, "amd64"):
        if architecture is not None:
            found = _of_platform(candidates, Platform("linux", normal_architecture(architecture)))
            if found is not None:
                return found
    real = [child for child in candidates if child.platform is not None and child.platform.is_real]
    return next(iter([*real, *candidates]), None)


def _of_platform(candidates: list[Child], wanted: Platform) -> Child | None:
    fitting = (child for child in candidates if child.platform is not None and child.platform.satisfies(wanted))
    return next(fitting, None)


def _told_by_keys(data: Mapping[str, Any]) -> str:
    """The OCI specification lets a document go without its media type; then its keys tell."""
    if "fsLayers" in data or data.get("schemaVersion") == 1:
        return DOCKER_SCHEMA_1
    if "manifests" in data:
        return OCI_INDEX
    return OCI_MANIFEST if "layers" in data else ""


def _descriptor(fields: Fields) -> Descriptor:
    platform = fields.object("platform")
    digest = fields.text("digest")
    size = fields.integer("size")
    if digest is None:
        fields.wrong("digest", "is missing")
    if size is None or size < 0:
        fields.wrong("size", "is missing" if size is None else f"is {size}")
    return Descriptor(
        media_type=fields.text("mediaType") or "",
        digest=digest or "",
        size=-1 if size is None or size < 0 else size,
        platform=None if platform is None else _platform(platform),
        annotations=fields.text_map("annotations"),
        artifact_type=fields.text("artifactType"),
        urls=fields.texts("urls") or (),
    )


def _platform(fields: Fields) -> Platform:
    return Platform(fields.text("os") or "", fields.text("architecture") or "", fields.text("variant") or None)
