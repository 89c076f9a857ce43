"""The OCI image layout: ``index.json`` and ``blobs/``, in a folder or in an archive.

Source: https://github.com/opencontainers/image-spec/blob/main/image-layout.md.
"""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.descriptor import OCI_INDEX, Descriptor
from lambda_image_lint.image.manifest import Child, parse_manifest
from lambda_image_lint.image.reference import is_digest
from lambda_image_lint.image.source import Blob, BlobDamaged, RawManifest, Source
from lambda_image_lint.image.sources.estimate import estimate_of
from lambda_image_lint.image.sources.names import same_image, which_name
from lambda_image_lint.image.sources.store import DirectoryStore, Store, StoredBlob, document

INDEX = "index.json"
_NAME = "org.opencontainers.image.ref.name"
"""Annotation with the tag, or with the whole reference."""
_CONTAINERD_NAME = "io.containerd.image.name"
"""Annotation with the whole reference, as Docker and containerd write it."""


def blob_path(digest: str) -> str:
    """Where a layout keeps a blob. Raises `BlobDamaged` on what is no digest, so that no path leads elsewhere."""
    if not is_digest(digest):
        raise BlobDamaged(f"{digest!r} is not a digest")
    algorithm, _, encoded = digest.partition(":")
    return f"blobs/{algorithm}/{encoded}"


class Layout:
    """One image of a layout: which one the index and the tag decide."""

    def __init__(self, store: Store, tag: str | None) -> None:
        self._store = store
        self._tag = tag

    @functools.cached_property
    def _index(self) -> bytes:
        try:
            return document(self._store, INDEX)
        except BlobDamaged as error:
            raise SourceError(
                f"{self._store.name} is no OCI layout that can be read: {error}", "Write it again"
            ) from error

    def manifest(self) -> RawManifest:
        """The manifest or index that the tag names; without a tag the only one there is."""
        chosen = self._chosen
        if chosen is None:
            return RawManifest(self._index, OCI_INDEX)
        try:
            return self.child(chosen.descriptor)
        except BlobDamaged as error:
            raise SourceError(
                f"{self._store.name} does not hold the manifest it names: {error}", "Write it again"
            ) from error

    def has_manifest(self) -> bool:
        """Whether the document that ``index.json`` names is there."""
        return self._chosen is None or self.holds(self._chosen.descriptor)

    @functools.cached_property
    def _chosen(self) -> Child | None:
        return self._choose(parse_manifest(RawManifest(self._index, OCI_INDEX)).children)

    def _choose(self, children: tuple[Child, ...]) -> Child | None:
        """The entry of ``index.json`` that is meant; None where they are the platforms of one image."""
        entries = list(children)
        if self._tag is not None:
            wanted = self._tag
            entries = [entry for entry in entries if any(same_image(name, wanted) for name in _names(entry))]
            if not entries:
                raise SourceError(f'no image in {self._store.name} is called "{wanted}"', _which(children))
        if not entries:
            raise SourceError(f"{self._store.name} holds no image", "Build or copy one into it")
        # One image is often listed once a name.
        if len({entry.descriptor.digest for entry in entries}) == 1:
            return entries[0]
        if len({frozenset(_names(entry)) for entry in entries}) == 1 and all(entry.platform for entry in entries):
            return None
        raise SourceError(f"{self._store.name} holds {len(entries)} images", _which(children))

    def child(self, descriptor: Descriptor) -> RawManifest:
        """A manifest by its descriptor. Raises `BlobDamaged` where it is not there."""
        raw = document(self._store, blob_path(descriptor.digest))
        return RawManifest(raw, descriptor.media_type or None, descriptor.digest)

    def config(self, descriptor: Descriptor | None) -> bytes:
        """The config's bytes. Raises `BlobDamaged` where they are not there."""
        if descriptor is None:
            raise BlobDamaged("the manifest names no config")
        return document(self._store, blob_path(descriptor.digest))

    def layers(self, descriptors: Sequence[Descriptor]) -> list[Blob]:
        """One blob a descriptor, whether it is there or not."""
        return [self._blob(descriptor) for descriptor in descriptors]

    def holds(self, descriptor: Descriptor) -> bool:
        """Whether a child of an index is there; Docker leaves out those of other platforms."""
        return is_digest(descriptor.digest) and self._store.has(blob_path(descriptor.digest))

    def _blob(self, descriptor: Descriptor) -> Blob:
        def open_at(offset: int) -> BinaryIO:
            return self._store.open(blob_path(descriptor.digest), offset)

        digest = descriptor.digest
        key = self._store.key(blob_path(digest)) if is_digest(digest) else digest
        size = descriptor.size if descriptor.size >= 0 else None
        return StoredBlob(key, digest, size, descriptor.media_type or None, open_at)


def _names(entry: Child) -> list[str]:
    return [entry.annotations[key] for key in (_CONTAINERD_NAME, _NAME) if key in entry.annotations]


def _which(children: tuple[Child, ...]) -> str:
    return which_name([names[0] for child in children if (names := _names(child))])


class LayoutSource(Source):
    """``oci:DIR[:TAG]``."""

    def __init__(self, name: str, folder: Path, tag: str | None) -> None:
        self.name = name
        self.answered_by = f"OCI layout {folder}"
        self._layout = Layout(DirectoryStore(folder), tag)

    def manifest(self) -> RawManifest:
        return self._layout.manifest()

    def child(self, descriptor: Descriptor) -> RawManifest:
        return self._layout.child(descriptor)

    def holds(self, descriptor: Descriptor) -> bool:
        return self._layout.holds(descriptor)

    def config(self, descriptor: Descriptor | None) -> bytes:
        return self._layout.config(descriptor)

    def layers(self, descriptors: Sequence[Descriptor]) -> Sequence[Blob]:
        return self._layout.layers(descriptors)

    def estimate_uncompressed(self, blob: Blob) -> int | None:
        return estimate_of(blob)
