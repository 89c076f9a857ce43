"""What ``docker save`` wrote for years, and podman, buildah, skopeo, kaniko and bazel write still: ``manifest.json``.

Source: https://github.com/moby/docker-image-spec/blob/main/v1.2.md, "Combined Image JSON + Filesystem Changeset Format".
Layers are plain tars mostly, in any order, and may be links to one another.
"""

import functools
import json
from typing import Any, BinaryIO

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.source import Blob, BlobDamaged
from lambda_image_lint.image.sources.names import same_image, which_name
from lambda_image_lint.image.sources.store import Store, StoredBlob, document, inside

MANIFEST = "manifest.json"


class DockerArchive:
    """One image of an archive with a ``manifest.json``, which keeps neither manifest nor digests of blobs."""

    def __init__(self, store: Store, tag: str | None) -> None:
        self._store = store
        self._tag = tag

    def config(self) -> bytes:
        """The config's bytes. Raises `BlobDamaged` where the archive does not hold it."""
        return document(self._store, inside(self._image["Config"]))

    def layers(self) -> list[Blob]:
        """Base first, as the list in the archive orders them, whatever the order of the members is."""
        return [self._blob(inside(path)) for path in self._image["Layers"]]

    def _blob(self, path: str) -> Blob:
        def open_at(offset: int) -> BinaryIO:
            return self._store.open(path, offset)

        return StoredBlob(self._store.key(path), None, self._store.size(path), None, open_at)

    @functools.cached_property
    def _image(self) -> dict[str, Any]:
        """The entry of ``manifest.json`` that is meant, checked for shape."""
        where = f"{MANIFEST} in {self._store.name}"
        try:
            entries = json.loads(document(self._store, MANIFEST))
        except BlobDamaged as error:
            raise SourceError(
                f"{self._store.name} has no readable {MANIFEST}: {error}", "Save the image again"
            ) from error
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{where} is not readable JSON: {error}", "Save the image again") from error
        if not isinstance(entries, list) or not all(_is_image(entry) for entry in entries):
            raise SourceError(f"{where} is no list of images with Config and Layers", "Save the image again")
        return self._choose(entries)

    def _choose(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        wanted = self._tag
        names = [name for entry in entries for name in _names(entry)]
        if wanted is not None:
            entries = [entry for entry in entries if any(same_image(name, wanted) for name in _names(entry))]
            if not entries:
                raise SourceError(f'no image in {self._store.name} is called "{wanted}"', which_name(names))
        if not entries:
            raise SourceError(f"{self._store.name} holds no image", "Save one into it")
        if any(entry["Config"] != entries[0]["Config"] for entry in entries):
            raise SourceError(f"{self._store.name} holds {len(entries)} images", which_name(names))
        return entries[0]


def _is_image(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("Config"), str):
        return False
    # An image without layers has null here.
    layers = entry.setdefault("Layers", []) or []
    entry["Layers"] = layers
    return isinstance(layers, list) and all(isinstance(path, str) for path in layers)


def _names(entry: dict[str, Any]) -> list[str]:
    names = entry.get("RepoTags") or []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
