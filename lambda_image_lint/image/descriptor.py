"""Descriptors, platforms and media types, as the OCI image specification and Docker's schema 2 define them."""

from collections.abc import Mapping

from msgspec import Struct, field

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+json"
DOCKER_SCHEMA_1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd"

INDEXES = frozenset({OCI_INDEX, DOCKER_INDEX})
MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})


def family(media_type: str | None) -> str | None:
    """``docker`` or ``oci``, whose vocabulary a media type belongs to; None for any other."""
    if media_type is None:
        return None
    if media_type.startswith("application/vnd.docker."):
        return "docker"
    if media_type.startswith("application/vnd.oci."):
        return "oci"
    return None


class Platform(Struct, frozen=True):
    """What a child of an index runs on, in OCI words."""

    os: str
    architecture: str
    variant: str | None = None

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    @property
    def is_real(self) -> bool:
        """False for ``unknown/unknown``, which attestations carry."""
        return "unknown" not in (self.os, self.architecture) and bool(self.os and self.architecture)

    @classmethod
    def parse(cls, text: str) -> "Platform":
        """``linux/arm64/v8``; ``arm64`` alone means Linux."""
        os, _, rest = text.partition("/")
        if not rest:
            os, rest = "linux", os
        architecture, _, variant = rest.partition("/")
        return cls(os.lower(), normal_architecture(architecture), variant.lower() or None)

    def satisfies(self, wanted: "Platform") -> bool:
        """Whether this platform is the wanted one; a wanted platform without a variant takes any."""
        same = (self.os, normal_architecture(self.architecture)) == (wanted.os, wanted.architecture)
        return same and (
            wanted.variant is None or wanted.variant == (self.variant or _default_variant(self.architecture))
        )


def normal_architecture(name: str) -> str:
    """The OCI word for an architecture: ``x86_64`` → ``amd64``, ``aarch64`` → ``arm64``."""
    lower = name.lower()
    return {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}.get(lower, lower)


def _default_variant(architecture: str) -> str | None:
    return {"arm64": "v8", "arm": "v7"}.get(normal_architecture(architecture))


class Descriptor(Struct, frozen=True):
    """What names a blob: its media type, its digest and its length."""

    media_type: str
    """Empty where the document gives none."""
    digest: str
    """``sha256:`` and 64 hexadecimal digits, as the document has it; not checked for shape."""
    size: int
    """Bytes as stored; -1 where the document gives none."""
    platform: Platform | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str | None = None
    urls: tuple[str, ...] = ()
    """Where a foreign layer lies instead."""
