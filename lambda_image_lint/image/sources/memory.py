"""An image from a recipe: the examples in rule pages, and the tests. `rules/IMAGE_RECIPES.md` tells how to write one.

The recipe becomes a real manifest, a real config and real compressed tars, and all of them go through the same reader
as any other image.
"""

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.errors import UsageError
from lambda_image_lint.image import descriptor as types
from lambda_image_lint.image.descriptor import Descriptor
from lambda_image_lint.image.index import LayerIndex
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.source import BlobDamaged, RawManifest, Source
from lambda_image_lint.image.sources.tar_writer import missing_parents, write_tar

_MEDIA_TYPES = {
    "oci": (types.OCI_MANIFEST, types.OCI_CONFIG, types.OCI_INDEX),
    "docker": (types.DOCKER_MANIFEST, types.DOCKER_CONFIG, types.DOCKER_INDEX),
}
_LAYER_TYPES = {
    ("oci", "gzip"): types.OCI_LAYER_GZIP,
    ("oci", "zstd"): types.OCI_LAYER_ZSTD,
    ("oci", "none"): types.OCI_LAYER,
    ("docker", "gzip"): types.DOCKER_LAYER_GZIP,
    ("docker", "zstd"): types.DOCKER_LAYER_ZSTD,
    ("docker", "none"): types.DOCKER_LAYER,
}
_TOP_KEYS = frozenset({"config", "layers", "files", "manifest"})
_LAYER_KEYS = frozenset(
    {"created_by", "files", "whiteouts", "opaque", "entries", "parents", "compression", "media_type", "annotations"}
    | {"digest", "size", "diff_id", "truncate", "missing", "empty", "pretend_bytes", "tar"}
)
_MANIFEST_KEYS = frozenset(
    {"family", "media_type", "config_media_type", "artifact_type", "annotations", "index", "absent", "extra"}
    | {"declared_media_type", "digest"}
)


class MemoryBlob(Struct, frozen=True):
    """A layer in memory."""

    data: bytes | None
    """As stored; None: the manifest names it and it is not there."""
    digest: str | None
    size: int | None
    media_type: str | None

    @property
    def key(self) -> str:
        """Its digest, or its place in memory."""
        return self.digest or f"blob {id(self)}"

    def open(self, offset: int = 0) -> BinaryIO:
        """The bytes from `offset` on."""
        if self.data is None:
            raise BlobDamaged(f"the blob {self.digest} is not there")
        return io.BytesIO(self.data[offset:])


class _BuiltLayer(Struct, frozen=True):
    blob: MemoryBlob
    diff_id: str
    history: Mapping[str, Any]
    descriptor: Mapping[str, Any]
    pretend_bytes: int


class MemorySource(Source):
    """The image that a recipe describes."""

    answered_by = "memory"

    def __init__(self, recipe: Mapping[str, Any], name: str = "app:1") -> None:
        _refuse_unknown("a recipe", recipe, _TOP_KEYS)
        self.name = name
        self._manifest = dict(recipe.get("manifest", {}))
        _refuse_unknown("[manifest]", self._manifest, _MANIFEST_KEYS)
        self._family = self._manifest.get("family", "oci")
        tables = [*recipe.get("layers", ())]
        if "files" in recipe:
            tables.append({"created_by": "COPY . .", "files": recipe["files"]})
        self._layers = list(_build_layers([table for table in tables if not table.get("empty")], self._family))
        self._history = _history(tables, self._layers)
        self._config = _dump(self._build_config(recipe.get("config", {})))
        self._image = _dump(self._build_manifest())
        self.pretend_bytes = tuple(layer.pretend_bytes for layer in self._layers)
        """Bytes that each layer is to count beyond those that it has."""

    def manifest(self) -> RawManifest | None:
        """The manifest, or an index over it; None where the recipe says that it is absent."""
        if self._manifest.get("absent"):
            return None
        raw = _dump(self._build_index()) if "index" in self._manifest else self._image
        return RawManifest(raw, self._manifest.get("declared_media_type"), self._manifest.get("digest"))

    def child(self, descriptor: Descriptor) -> RawManifest:
        """The manifest that the index is over."""
        if descriptor.digest != _digest(self._image):
            raise BlobDamaged(f"the manifest {descriptor.digest} is not there")
        return RawManifest(self._image)

    def config(self, descriptor: Descriptor | None) -> bytes:
        """The config."""
        return self._config

    def layers(self, descriptors: Sequence[Descriptor]) -> Sequence[MemoryBlob]:
        """The layers, base first."""
        return [layer.blob for layer in self._layers]

    def _build_config(self, recipe: Mapping[str, Any]) -> dict[str, Any]:
        # As in the document itself: the inner object's keys are capitalised, the outer one's are not.
        run = {key: value for key, value in recipe.items() if key[:1].isupper()}
        outer = {key: value for key, value in recipe.items() if not key[:1].isupper()}
        if isinstance(run.get("Env"), Mapping):
            run["Env"] = [f"{name}={value}" for name, value in run["Env"].items()]
        return {
            "architecture": "amd64",
            "os": "linux",
            "config": run,
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in self._layers]},
            "history": self._history,
            **outer,
        }

    def _build_manifest(self) -> dict[str, Any]:
        manifest_type, config_type, _ = _MEDIA_TYPES[self._family]
        chosen = self._manifest
        document = {
            "schemaVersion": 2,
            "mediaType": chosen.get("media_type", manifest_type),
            "config": _describe(self._config, chosen.get("config_media_type", config_type)),
            "layers": [layer.descriptor for layer in self._layers],
            **({"artifactType": chosen["artifact_type"]} if "artifact_type" in chosen else {}),
            **({"annotations": chosen["annotations"]} if "annotations" in chosen else {}),
            **chosen.get("extra", {}),
        }
        return {key: value for key, value in document.items() if value != ""}

    def _build_index(self) -> dict[str, Any]:
        manifest_type, _, index_type = _MEDIA_TYPES[self._family]
        children = []
        for entry in self._manifest["index"]:
            child: dict[str, Any] = _describe(self._image, manifest_type)
            platform = entry.get("platform", "linux/amd64")
            if entry.get("attestation"):
                platform = "unknown/unknown"
                child |= _describe(b"attestation of " + self._image, types.OCI_MANIFEST)
                annotations = {"vnd.docker.reference.type": "attestation-manifest"}
                child["annotations"] = annotations | {"vnd.docker.reference.digest": _digest(self._image)}
            elif entry.get("missing"):
                child |= _describe(f"the image for {platform}".encode(), manifest_type)
            os, architecture, *variant = platform.split("/")
            child["platform"] = {"os": os, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
            children.append(child)
        return {"schemaVersion": 2, "mediaType": index_type, "manifests": children}


class _PretendingImage(Image):
    """Counts bytes that nobody wants to write: an image of 11 GiB in an example takes no second."""

    @cached_property
    def _indexes(self) -> list[LayerIndex]:
        assert isinstance(self.source, MemorySource)
        more = self.source.pretend_bytes
        return [replace(index, tar_bytes=index.tar_bytes + more[row]) for row, index in enumerate(super()._indexes)]


def image_of(recipe: Mapping[str, Any] | str, name: str = "app:1", **options: Any) -> Image:
    """The image that a recipe, a table or its TOML text, describes. `options` are those of `Image`."""
    if isinstance(recipe, str):
        from lambda_image_lint.toml import TomlError, parse

        try:
            recipe = parse(recipe)
        except TomlError as error:
            raise UsageError(f"the recipe is no TOML: {error}", "See rules/IMAGE_RECIPES.md") from error
    source = MemorySource(recipe, name)
    return (_PretendingImage if any(source.pretend_bytes) else Image)(source, **options)


def _build_layers(tables: Sequence[Mapping[str, Any]], family: str) -> "list[_BuiltLayer]":
    built = []
    parents: set[str] = set()
    for table in tables:
        _refuse_unknown("a layer", table, _LAYER_KEYS)
        tar = bytes.fromhex(table["tar"]) if "tar" in table else write_tar(table, frozenset(parents))
        built.append(_build_layer(table, tar, family))
        if table.get("parents", True):
            for path in table.get("files", {}):
                parents.update(missing_parents(path.rstrip("/") + "/x" if path.endswith("/") else path, parents))
        parents = {path for path in parents if not _is_hidden(path, table)}
    return built


def _is_hidden(path: str, table: Mapping[str, Any]) -> bool:
    """Whether a layer takes a directory of the layers below away, so that a later layer has to make it again."""
    gone = [hidden.rstrip("/") for hidden in table.get("whiteouts", ())]
    inside = [folder.rstrip("/") + "/" for folder in (*gone, *table.get("opaque", ()))]
    return path in gone or any(path.startswith(folder) for folder in inside)


def _build_layer(table: Mapping[str, Any], tar: bytes, family: str) -> _BuiltLayer:
    compression = table.get("compression", "gzip")
    stored = _compress(tar, compression)
    digest = table.get("digest", _digest(stored))
    size = table.get("size", len(stored))
    media_type = table.get("media_type", _LAYER_TYPES[family, compression])
    data = None if table.get("missing") else stored[: table.get("truncate", len(stored))]
    descriptor = {"mediaType": media_type, "digest": digest, "size": size}
    if "annotations" in table:
        descriptor["annotations"] = table["annotations"]
    return _BuiltLayer(
        MemoryBlob(data, digest, size, media_type),
        table.get("diff_id", _digest(tar)),
        {"created_by": table.get("created_by", "")},
        descriptor,
        table.get("pretend_bytes", 0),
    )


def _compress(tar: bytes, compression: str) -> bytes:
    def zstd(data: bytes) -> bytes:
        import zstandard

        return zstandard.ZstdCompressor().compress(data)

    forms: Mapping[str, Callable[[bytes], bytes]] = {
        "gzip": lambda data: gzip.compress(data, 1, mtime=0),
        "zstd": zstd,
        "none": lambda data: data,
    }
    if compression not in forms:
        raise UsageError(f"a recipe has no compression {compression!r}", f"Use {', '.join(forms)}")
    return forms[compression](tar)


def _history(tables: Sequence[Mapping[str, Any]], layers: Sequence[_BuiltLayer]) -> list[Mapping[str, Any]]:
    built = iter(layers)
    return [
        {"created_by": table.get("created_by", ""), "empty_layer": True} if table.get("empty") else next(built).history
        for table in tables
    ]


def _refuse_unknown(where: str, table: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = table.keys() - known
    if unknown:
        raise UsageError(f"{where} has no {', '.join(sorted(unknown))}", f"Use {', '.join(sorted(known))}")


def _dump(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _describe(data: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}
