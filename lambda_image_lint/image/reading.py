"""Reads all layers of an image: from the cache, from a stream that passes by, or side by side in threads.

A stream need not pass by where the image names its layers beforehand and the cache has them all.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct, field

from lambda_image_lint.image.budget import Budget, Stopped
from lambda_image_lint.image.cache import LayerCache
from lambda_image_lint.image.index import LayerIndex
from lambda_image_lint.image.layers import Compression
from lambda_image_lint.image.problem import Damage, Problem
from lambda_image_lint.image.scan import scan_layer
from lambda_image_lint.image.source import Blob, BlobDamaged, OnePass, Source
from lambda_image_lint.image.wishes import Wishes

_NAMED_BY_DIGEST = re.compile(r"blobs/sha256/([0-9a-f]{64})|([0-9a-f]{64})\.tar")
"""Layers in an archive of Docker since 25, and of podman."""
THREADS = 2
"""Layers that are read side by side; each has a second thread that computes a digest."""

Progress = Callable[[int, int, int, int | None], None]
"""Told the layer's index, how many layers there are, and how many of its stored bytes are read, of how many.

While a stream passes by, the order of its layers is unknown: then the index is the layer's place in the stream, and
the count is what has been met so far. Called from several threads, but for one layer from one at a time.
"""


class LayerReading(Struct):
    """How the layers of one image are read."""

    source: Source
    wishes: Wishes = field(default_factory=Wishes)
    cache: LayerCache | None = None
    progress: Progress | None = None
    budget: Budget = field(default_factory=Budget)
    streamed: dict[str, LayerIndex] = field(default_factory=dict)
    """What was scanned while the source's one stream passed by, or was cached in place of that, by the blobs' keys."""

    def take_cached(self, diff_ids: Sequence[str]) -> bool:
        """Whether the cache has all layers of an image by their diff ids, so that its stream need not pass by.

        Only plain tars count: what else is filed under a diff id came from a source that stores it in another form.
        """
        if not diff_ids or not all(self._has(diff_id) for diff_id in diff_ids):
            return False
        return self._take_all({diff_id: self._plain(diff_id) for diff_id in dict.fromkeys(diff_ids)})

    def take_kept(self, blobs: Sequence[Blob]) -> bool:
        """Whether the cache has all these layers, so that a stream whose documents are kept need not pass by."""
        return self._take_all({blob.key: self._cached(blob, None) for blob in blobs})

    def _take_all(self, found: Mapping[str, LayerIndex | None]) -> bool:
        """Take what the cache has in place of the stream, if that is everything."""
        self.streamed = {key: index for key, index in found.items() if index is not None}
        if len(self.streamed) < len(found):
            self.streamed = {}
            return False
        return True

    def read_stream(self) -> None:
        """Let a one-pass source's stream pass by, and scan each layer in it."""
        self.source.read_through(self._scan_passing)

    def _scan_passing(self, key: str, stream: BinaryIO) -> None:
        # A daemon's word on what its layers are is taken: it is whom the diff ids are from.
        cached = self._passing(_digest_in(key))
        if cached is not None:
            self.streamed[key] = cached
            return
        number = len(self.streamed)
        self.streamed[key] = LayerIndex()
        told = self._teller(number, number + 1, None)
        self.streamed[key] = scan_layer(stream, self.wishes, self.budget, told, checked=self.source.checks_layers)

    def read(self, blobs: Sequence[Blob], diff_ids: Sequence[str]) -> list[LayerIndex]:
        """The index of each blob, base first. `diff_ids` are the config's; they find a blob without a digest.

        Raises `SourceError` where the source fails; a blob that is absent or damaged gives an index that says so.
        """
        # Several layers of an image may be the same blob, the empty one most of all.
        first: dict[str, int] = {}
        for number, blob in enumerate(blobs):
            first.setdefault(blob.key, number)
        indexes = dict(self.streamed)
        for key, number in first.items():
            if key not in indexes and (found := self._cached(blobs[number], _at(diff_ids, number))) is not None:
                indexes[key] = found
        missing = [number for key, number in first.items() if key not in indexes]
        # The largest first, so that no thread is left alone with it in the end.
        missing.sort(key=lambda number: -(blobs[number].size or 0))
        scanned = self._scan_all(blobs, missing)
        for number, index in scanned.items():
            self._keep(blobs[number], _at(diff_ids, number), index)
            indexes[blobs[number].key] = index
        if self.source.checks_layers:
            for key, number in first.items():
                _take_word(indexes[key], _digest_in(key) or _at(diff_ids, number))
        if self.source.one_pass is OnePass.LAYERS or self.source.identity is not None:
            for key, number in first.items():
                self._keep_streamed(blobs[number], _at(diff_ids, number), indexes[key])
        return [indexes[blob.key] for blob in blobs]

    def _scan_all(self, blobs: Sequence[Blob], numbers: Sequence[int]) -> Mapping[int, LayerIndex]:
        if len(numbers) < 2:
            return {number: self._scan(blobs[number], number, len(blobs)) for number in numbers}
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

        with ThreadPoolExecutor(THREADS) as pool:
            futures = {number: pool.submit(self._scan, blobs[number], number, len(blobs)) for number in numbers}
            try:
                wait(futures.values(), return_when=FIRST_EXCEPTION)
            finally:
                # After a failure, or Ctrl-C, nobody waits until the other layers are read.
                self.budget.stopped = not all(future.done() for future in futures.values())
                for future in futures.values():
                    future.cancel()
        failures = [future.exception() for future in futures.values() if not future.cancelled()]
        for failure in failures:
            if failure is not None and not isinstance(failure, Stopped):
                raise failure
        return {number: future.result() for number, future in futures.items()}

    def _scan(self, blob: Blob, number: int, count: int) -> LayerIndex:
        if self.budget.stopped:
            raise Stopped
        try:
            stream = blob.open()
        except BlobDamaged as error:
            return LayerIndex(problems=[Problem(Damage.MISSING, str(error))])
        with stream:
            return scan_layer(stream, self.wishes, self.budget, self._teller(number, count, blob.size))

    def _teller(self, number: int, count: int, total: int | None) -> Callable[[int], None] | None:
        progress = self.progress
        if progress is None:
            return None
        return lambda done: progress(number, count, done, total)

    def _cached(self, blob: Blob, diff_id: str | None) -> LayerIndex | None:
        key = blob.digest or diff_id
        if self.cache is None or key is None:
            return None
        index = self.cache.load(key, self.wishes.version)
        # A blob of another length is another one, whatever names it.
        return index if index is not None and blob.size in (None, index.blob_bytes) else None

    def _keep(self, blob: Blob, diff_id: str | None, index: LayerIndex) -> None:
        if self.cache is None:
            return
        # What does not match its name is not kept under it.
        if blob.digest is not None:
            if blob.digest == index.digest:
                self.cache.store(blob.digest, self.wishes.version, index)
        elif diff_id is not None and diff_id == index.diff_id:
            self.cache.store(diff_id, self.wishes.version, index)

    def _keep_streamed(self, blob: Blob, diff_id: str | None, index: LayerIndex) -> None:
        """Keep what may save the next run the stream, unless it is there: packing an index costs time."""
        key = blob.digest or diff_id
        if key is not None and not self._has(key):
            self._keep(blob, diff_id, index)

    def _has(self, key: str) -> bool:
        return self.cache is not None and self.cache.has(key, self.wishes.version)

    def _passing(self, digest: str | None) -> LayerIndex | None:
        """The cached index of a layer that a stream is about to give, by the digest that it is called by."""
        if self.source.one_pass is OnePass.LAYERS:
            return self._plain(digest)
        if self.source.identity is None or self.cache is None or digest is None:
            return None
        return self.cache.load(digest, self.wishes.version)

    def _plain(self, diff_id: str | None) -> LayerIndex | None:
        """The cached index of a layer that is stored as a plain tar."""
        if self.cache is None or diff_id is None:
            return None
        index = self.cache.load(diff_id, self.wishes.version)
        return index if index is not None and index.compression is Compression.NONE else None


def _digest_in(key: str) -> str | None:
    """The digest by which an archive names a plain layer; what ``docker save`` wrote before Docker 25 names none."""
    match = _NAMED_BY_DIGEST.fullmatch(key)
    return None if match is None else f"sha256:{match[1] or match[2]}"


def _take_word(index: LayerIndex, diff_id: str | None) -> None:
    """Give a plain layer that its source has checked the digest which it was checked against, if all of it came."""
    if diff_id is not None and not index.digest and not index.problems and index.compression is Compression.NONE:
        index.digest = index.diff_id = diff_id


def _at(values: Sequence[str], number: int) -> str | None:
    return values[number] if number < len(values) else None
