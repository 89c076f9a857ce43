"""An image in a registry, read over the network without pulling it.

Manifest and config cost a few kilobytes; a layer is streamed, and goes on where it was when its connection is cut.
Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md, "Pull".
"""

import functools
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.descriptor import DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, Descriptor
from lambda_image_lint.image.reference import Reference, is_digest
from lambda_image_lint.image.source import Blob, BlobDamaged, RawManifest, Source
from lambda_image_lint.image.sources.estimate import HEAD_BYTES, TAIL_BYTES, estimate
from lambda_image_lint.image.sources.limits import Limits
from lambda_image_lint.image.sources.registry_client import NotFound, RegistryClient
from lambda_image_lint.image.sources.store import StoredBlob, stream_of
from lambda_image_lint.image.sources.transfer import Body, ConnectionCut

ACCEPTED = (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_INDEX)
"""All four, always: a registry that is not asked for what it has may make up a manifest of schema 1."""


class RegistrySource(Source):
    """``registry:REFERENCE``."""

    def __init__(
        self, name: str, reference: Reference, *, insecure_registries: Collection[str], limits: Limits
    ) -> None:
        self.name = name
        self.answered_by = f"registry {reference.registry}"
        self._reference = reference
        self._limits = limits
        self._client = RegistryClient(reference, insecure_registries=insecure_registries, limits=limits)
        self._has_ranges = True

    @property
    def transferred(self) -> int:
        """Bytes of documents and blobs that came over the network so far."""
        return self._client.transferred

    def manifest(self) -> RawManifest:
        return self._named

    @functools.cached_property
    def _named(self) -> RawManifest:
        try:
            return self._manifest(self._reference.manifest_name)
        except NotFound as error:
            raise NotFound(f"{self.answered_by} has no image {self._shown}", error.help) from error

    @property
    def _shown(self) -> str:
        reference = self._reference
        return f"{reference.repository}{'@' if reference.digest else ':'}{reference.manifest_name}"

    def child(self, descriptor: Descriptor) -> RawManifest:
        if not is_digest(descriptor.digest):
            raise BlobDamaged(f"{descriptor.digest!r} is not a digest")
        try:
            return self._manifest(descriptor.digest)
        except NotFound as error:
            raise BlobDamaged(f"{self.answered_by} has no manifest {descriptor.digest}") from error

    def config(self, descriptor: Descriptor | None) -> bytes:
        if descriptor is None or not is_digest(descriptor.digest):
            raise BlobDamaged("the manifest names no config by a digest")
        try:
            return self._client.document(f"blobs/{descriptor.digest}").raw
        except NotFound as error:
            raise BlobDamaged(f"{self.answered_by} has no config {descriptor.digest}") from error

    def layers(self, descriptors: Sequence[Descriptor]) -> Sequence[Blob]:
        return [self._blob(descriptor) for descriptor in descriptors]

    def estimate_uncompressed(self, blob: Blob) -> int | None:
        """From two requests of a few bytes; None where the registry sends whole blobs only."""
        if blob.size is None or blob.digest is None or not self._has_ranges:
            return None
        head = self._range(blob.digest, f"bytes=0-{HEAD_BYTES - 1}")
        tail = self._range(blob.digest, f"bytes=-{TAIL_BYTES}")
        return None if head is None or tail is None else estimate(head, tail, blob.size)

    def close(self) -> None:
        self._client.close()

    def _manifest(self, name: str) -> RawManifest:
        document = self._client.document(f"manifests/{name}", ACCEPTED)
        media_type = document.headers.get("content-type", "").partition(";")[0].strip()
        promised = name if is_digest(name) else document.headers.get("docker-content-digest")
        return RawManifest(document.raw, media_type or None, promised)

    def _blob(self, descriptor: Descriptor) -> Blob:
        digest = descriptor.digest
        size = descriptor.size if descriptor.size >= 0 else None

        def open_at(offset: int) -> BinaryIO:
            if not is_digest(digest):
                raise BlobDamaged(f"{digest!r} is not a digest")
            # The first request is made now, so that a blob that is not there is missing and not cut.
            return stream_of(self._chunks(digest, size, offset, self._from(digest, offset)))

        return StoredBlob(digest, digest, size, descriptor.media_type or None, open_at)

    def _chunks(self, digest: str, size: int | None, offset: int, connection: Iterator[bytes]) -> Iterator[bytes]:
        """A blob's bytes from `offset` on, over as many connections as it takes up to the limit.

        A blob that is longer than its descriptor says is read one chunk too far, so that its size is seen to be wrong.
        """
        for tries_left in reversed(range(self._limits.tries)):
            try:
                for chunk in connection:
                    yield chunk
                    offset += len(chunk)
                    if size is not None and offset > size:
                        return
                return
            except ConnectionCut as error:
                if not tries_left:
                    message = f"{self.answered_by} broke off {digest} {self._limits.tries} times: {error}"
                    raise SourceError(message, "Try again later") from error
            if size is not None and offset == size:
                return
            connection = self._from(digest, offset)

    def _from(self, digest: str, offset: int) -> Iterator[bytes]:
        """What one connection gives from `offset` on; the question is asked at once."""
        body = self._open(digest, {"Range": f"bytes={offset}-"} if offset else {})
        # Ranges are optional for a registry: then the beginning comes again.
        return _dropping(0 if not offset or _starts_at(body, offset) else offset, body.chunks())

    def _open(self, digest: str, headers: dict[str, str]) -> Body:
        try:
            return self._client.body(f"blobs/{digest}", headers)
        except NotFound as error:
            raise BlobDamaged(f"{self.answered_by} has no blob {digest}") from error

    def _range(self, digest: str, wanted: str) -> bytes | None:
        """A few bytes of a blob; None where it is not there, or the registry would send all of it."""
        try:
            body = self._open(digest, {"Range": wanted})
        except BlobDamaged:  # reading the layers says so; here it only means that nothing can be estimated
            return None
        if body.status != 206:
            self._has_ranges = False
            body.close()
            return None
        try:
            return b"".join(body.chunks())
        except ConnectionCut:  # an estimate is not worth another try
            return None


def _starts_at(body: Body, offset: int) -> bool:
    return body.status == 206 and body.headers.get("content-range", "").startswith(f"bytes {offset}-")


def _dropping(count: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if count < len(chunk):
            yield chunk[count:]
        count = max(0, count - len(chunk))
