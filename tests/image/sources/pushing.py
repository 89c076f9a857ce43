"""Puts images into a real registry, byte for byte as a test has them: a program that pushes would compress them anew."""

import hashlib
import http.client
import json

from tests.engines import Registry
from tests.image.sources.dialects import OCI_MANIFEST, Blobs, SmallImage, as_manifest, gzipped


def upload(registry: Registry, repository: str, data: bytes) -> str:
    """Put a blob into the registry; returns its digest."""
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    connection = http.client.HTTPConnection(registry.address, timeout=60)
    connection.request("POST", f"/v2/{repository}/blobs/uploads/", headers=registry.authorization)
    started = connection.getresponse()
    started.read()
    location = started.headers["Location"].partition(registry.address)[2]
    headers = {"Content-Type": "application/octet-stream", **registry.authorization}
    connection.request("PUT", f"{location}&digest={digest}", data, headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()
    return digest


def put_manifest(registry: Registry, repository: str, tag: str, media_type: str, raw: bytes) -> None:
    """Put a manifest into the registry, whose blobs are there already."""
    connection = http.client.HTTPConnection(registry.address, timeout=60)
    headers = {"Content-Type": media_type, **registry.authorization}
    connection.request("PUT", f"/v2/{repository}/manifests/{tag}", raw, headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()


def push(registry: Registry, repository: str, image: SmallImage) -> tuple[str, list[str]]:
    """Put an image with gzipped layers into the registry as tag 1; returns the digests of its manifest and layers."""
    blobs: Blobs = {}
    descriptor = as_manifest(image, blobs, gzipped, "+gzip")
    raw = blobs.pop(descriptor["digest"])
    for blob in blobs.values():
        upload(registry, repository, blob)
    put_manifest(registry, repository, "1", OCI_MANIFEST, raw)
    return descriptor["digest"], [layer["digest"] for layer in json.loads(raw)["layers"]]
