"""Writes one small image in every dialect of archive and layout, those included that the programs at hand cannot write.

The image has three layers (one twice, one with a deletion), so that order, duplicates and whiteouts all matter. The
dialects are written after their specifications and after archives of the real programs.
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
REF_NAME = "org.opencontainers.image.ref.name"


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def encoded(document: object) -> bytes:
    return json.dumps(document, indent=1).encode()


def tar_of(members: Mapping[str, bytes | None], links: Mapping[str, str] | None = None, *, end: bool = True) -> bytes:
    """A tar with these files (None: a directory) and symbolic links, in this order."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            entry.mode = 0o755 if content is None else 0o644
            entry.size = len(content or b"")
            tar.addfile(entry, io.BytesIO(content or b""))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return buffer.getvalue() if end else buffer.getvalue().rstrip(b"\0")


@dataclass(frozen=True)
class SmallImage:
    """An image as it is before anybody has written it anywhere."""

    layers: tuple[bytes, ...]
    """Plain tars, base first."""
    config: bytes

    @property
    def diff_ids(self) -> list[str]:
        return [sha256(layer) for layer in self.layers]


def small_image(marker: str = "one") -> SmallImage:
    """The image; the marker makes another one that is alike."""
    app = tar_of(
        {"var/": None, "var/task/": None, "var/task/app.py": b"def handler(): ...\n" * 100, "gone": b"x" * 4000}
    )
    data = tar_of({"data/": None, "data/marker": marker.encode() * 1000})
    last = tar_of({".wh.gone": b"", "var/": None, "var/task/": None, "var/task/app.py": b"def handler(): pass\n"})
    layers = (app, data, app, last)
    steps = ["COPY app.py gone /", "COPY data /data", "COPY app.py gone /", "RUN rm gone"]
    history: list[dict[str, object]] = [{"created": "2026-01-01T00:00:00Z", "created_by": step} for step in steps]
    history.insert(2, {"created": "2026-01-01T00:00:00Z", "created_by": "ENV MODE=small", "empty_layer": True})
    config = {
        "architecture": "amd64",
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": {
            "Env": ["PATH=/usr/bin:/bin", "MODE=small"],
            "Entrypoint": ["/usr/bin/runtime"],
            "Cmd": ["app.handler"],
            "WorkingDir": "/var/task",
            "Labels": {"marker": marker},
        },
        "rootfs": {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]},
        "history": history,
    }
    return SmallImage(layers, encoded(config))


Blobs = dict[str, bytes]
"""By digest."""


def as_manifest(
    image: SmallImage, blobs: Blobs, compress: Callable[[bytes], bytes] | None, suffix: str, docker: bool = False
) -> dict[str, Any]:
    """Put an image's blobs among `blobs`, and return the descriptor of its manifest."""

    def put(data: bytes, media_type: str) -> dict[str, Any]:
        blobs[sha256(data)] = data
        return {"mediaType": media_type, "digest": sha256(data), "size": len(data)}

    layer_type = (DOCKER_LAYER if docker else OCI_LAYER) + suffix
    manifest = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST if docker else OCI_MANIFEST,
        "config": put(image.config, DOCKER_CONFIG if docker else OCI_CONFIG),
        "layers": [put(compress(layer) if compress else layer, layer_type) for layer in image.layers],
    }
    return put(encoded(manifest), str(manifest["mediaType"]))


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def gzipped_in_members(data: bytes) -> bytes:
    """As pigz -i and eStargz write it: several gzip members, one after the other."""
    return b"".join(gzipped(data[at : at + 3000]) for at in range(0, len(data), 3000))


def zstandard(data: bytes) -> bytes:
    import zstandard as zstd

    return zstd.ZstdCompressor().compress(data)


def index_of(entries: Sequence[Mapping[str, Any]]) -> bytes:
    return encoded({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)})


def layout_files(index: bytes, blobs: Blobs) -> dict[str, bytes]:
    """An OCI layout, by path."""
    files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index}
    return files | {f"blobs/sha256/{digest.removeprefix('sha256:')}": data for digest, data in blobs.items()}


def _platform(architecture: str) -> dict[str, Any]:
    return {"platform": {"os": "linux", "architecture": architecture}}


def docker_20(image: SmallImage) -> bytes:
    """`docker save` up to 24: a folder a layer, in no order, duplicates as symlinks, the list last."""
    ids = [f"{number:064x}" for number in (7, 3, 9, 1)][: len(image.layers)]
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    first_of: dict[str, str] = {}
    for layer_id, layer, diff_id in sorted(zip(ids, image.layers, image.diff_ids, strict=True)):
        files[f"{layer_id}/VERSION"] = b"1.0"
        files[f"{layer_id}/json"] = encoded({"id": layer_id})
        if diff_id in first_of:
            links[f"{layer_id}/layer.tar"] = f"../{first_of[diff_id]}/layer.tar"
        else:
            first_of[diff_id] = layer_id
            files[f"{layer_id}/layer.tar"] = layer
    name = sha256(image.config).removeprefix("sha256:") + ".json"
    files[name] = image.config
    manifest = [{"Config": name, "RepoTags": ["app:1"], "Layers": [f"{layer_id}/layer.tar" for layer_id in ids]}]
    listed = tar_of(files, links).rstrip(b"\0")
    listed += bytes(-len(listed) % 512)
    return listed + tar_of(
        {"manifest.json": encoded(manifest), "repositories": b'{"app": {"1": "%s"}}' % ids[-1].encode()}
    )


def _list_of(image: SmallImage, manifest: Mapping[str, Any], tag: str = "app:1") -> dict[str, Any]:
    paths = [f"blobs/sha256/{layer['digest'].removeprefix('sha256:')}" for layer in manifest["layers"]]
    config = f"blobs/sha256/{sha256(image.config).removeprefix('sha256:')}"
    return {"Config": config, "RepoTags": [tag], "Layers": paths}


def docker_25(image: SmallImage) -> bytes:
    """`docker save` from 25 on, graph-driver store: an OCI layout with plain layers, and the list besides."""
    blobs: Blobs = {}
    entry = as_manifest(image, blobs, None, "")
    entry["annotations"] = {"io.containerd.image.name": "docker.io/library/app:1", REF_NAME: "1"}
    manifest = json.loads(blobs[entry["digest"]])
    files = layout_files(index_of([entry]), blobs) | {"manifest.json": encoded([_list_of(image, manifest)])}
    return tar_of(files)


def docker_containerd(image: SmallImage, *, is_pulled: bool = True) -> bytes:
    """`docker save` from the containerd store: the index, and only this platform's blobs; one that was built has no other."""
    blobs: Blobs = {}
    entry = as_manifest(image, blobs, gzipped, "+gzip")
    absent = {"mediaType": OCI_MANIFEST, "digest": sha256(b"never pulled"), "size": 1234}
    attestation = {
        "mediaType": OCI_MANIFEST,
        "digest": sha256(b"attestation"),
        "size": 566,
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
        "platform": {"os": "unknown", "architecture": "unknown"},
    }
    children = [{**absent, **_platform("amd64")}] * is_pulled + [{**entry, **_platform("arm64")}, attestation]
    inner = index_of(children)
    blobs[sha256(inner)] = inner
    outer = {
        "mediaType": OCI_INDEX,
        "digest": sha256(inner),
        "size": len(inner),
        "annotations": {"io.containerd.image.name": "docker.io/library/app:1", REF_NAME: "1"},
    }
    manifest = json.loads(blobs[entry["digest"]])
    return tar_of(layout_files(index_of([outer]), blobs) | {"manifest.json": encoded([_list_of(image, manifest)])})


def podman(image: SmallImage) -> bytes:
    """`podman save`, `skopeo copy … docker-archive:`: plain layers by diff id, and the old names as symlinks to them."""
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    for number, (layer, diff_id) in enumerate(zip(image.layers, image.diff_ids, strict=True)):
        name = diff_id.removeprefix("sha256:") + ".tar"
        files[name] = layer
        links[f"{number:064x}/layer.tar"] = f"../{name}"
    config = sha256(image.config).removeprefix("sha256:") + ".json"
    files[config] = image.config
    layers = [diff_id.removeprefix("sha256:") + ".tar" for diff_id in image.diff_ids]
    listed = [{"Config": config, "RepoTags": ["localhost/app:1"], "Layers": layers}]
    return tar_of(files | {"manifest.json": encoded(listed)}, links)


def compressed_layers(image: SmallImage) -> bytes:
    """kaniko, bazel and crane: a list of gzipped layers, first in the archive; the config named by its digest."""
    blobs = {f"{sha256(gzipped(layer)).removeprefix('sha256:')}.tar.gz": gzipped(layer) for layer in image.layers}
    layers = [f"{sha256(gzipped(layer)).removeprefix('sha256:')}.tar.gz" for layer in image.layers]
    listed = [{"Config": sha256(image.config), "RepoTags": None, "Layers": layers}]
    return tar_of({"manifest.json": encoded(listed), sha256(image.config): image.config, **blobs})


def oci(
    images: Iterable[tuple[str | None, SmallImage]],
    *,
    compress: Callable[[bytes], bytes] | None = gzipped,
    suffix: str = "+gzip",
    docker: bool = False,
    nested: bool = False,
) -> dict[str, bytes]:
    """An OCI layout with these images under these names, by path; `nested` puts an index of one platform between."""
    blobs: Blobs = {}
    entries = []
    for name, image in images:
        entry = as_manifest(image, blobs, compress, suffix, docker)
        if nested:
            inner = index_of([{**entry, **_platform("amd64")}])
            blobs[sha256(inner)] = inner
            entry = {"mediaType": OCI_INDEX, "digest": sha256(inner), "size": len(inner)}
        entries.append(entry if name is None else {**entry, "annotations": {REF_NAME: name}})
    return layout_files(index_of(entries), blobs)


def write_folder(files: Mapping[str, bytes], folder: Path) -> Path:
    """Write files by path below a folder, which is returned."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder
