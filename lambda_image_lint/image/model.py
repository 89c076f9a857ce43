"""An image: each part read when it is first asked for, and once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.config import Config, parse_config
from lambda_image_lint.image.descriptor import Descriptor
from lambda_image_lint.image.layers import Layer, Layers
from lambda_image_lint.image.manifest import Manifest, parse_manifest
from lambda_image_lint.image.metrics import metrics
from lambda_image_lint.image.problem import Damage, PartMissing, Problem
from lambda_image_lint.image.source import Blob, BlobDamaged, OnePass, RawManifest, Source
from lambda_image_lint.image.tree import FileTree, Node
from lambda_image_lint.image.wishes import KEPT_MAX, Kept, Wish, Wishes

if TYPE_CHECKING:
    from lambda_image_lint.image.cache import LayerCache
    from lambda_image_lint.image.flatten import Flattened
    from lambda_image_lint.image.index import LayerIndex
    from lambda_image_lint.image.reading import LayerReading, Progress

_INDEXES_DEEP = 3
"""Indexes in indexes that are followed; nobody builds more than two."""
_NEIGHBOUR_MAX = 1024 * 1024
"""Bytes of a file up to which it is kept beside one that nobody foresaw."""


class Image:
    """What a source gives, parsed, verified and joined.

    Every part raises `SourceError` where the source fails, and `PartMissing` where the image itself is so damaged
    that the part cannot be given.
    """

    def __init__(
        self,
        source: Source,
        *,
        platform: str | None = None,
        arch: str | None = None,
        wishes: Iterable[Wish] = (),
        cache: "LayerCache | None" = None,
        progress: "Progress | None" = None,
    ) -> None:
        self.source = source
        self._platform = platform
        self._arch = arch
        self._wishes = Wishes(wishes)
        self._cache = cache
        self._progress = progress
        self._read_later: dict[tuple[int, int], Kept] = {}
        self._failure: SourceError | None = None
        self._stream_is_read = False

    def __enter__(self) -> "Image":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.source.close()

    @cached_property
    def manifest(self) -> Manifest | None:
        """The manifest or index; None where the source keeps none."""
        if self.source.one_pass is OnePass.EVERYTHING:
            self._pass_by(recall=True)
        raw = self.source.manifest()
        return None if raw is None else self._with_child(self._parse(raw), _INDEXES_DEEP)

    @cached_property
    def config(self) -> Config:
        """The config, of the chosen child where the reference names an index."""
        descriptor = self._config_descriptor
        try:
            raw = self.source.config(descriptor)
        except BlobDamaged as error:
            raise PartMissing(
                "the image's config is not there", (_config_problem(Damage.MISSING, str(error)),)
            ) from error
        checks = [] if descriptor is None else list(_check_config(raw, descriptor))
        try:
            config = parse_config(raw)
        except SourceError as error:
            problem = _config_problem(Damage.DOCUMENT, error.message)
            raise PartMissing(error.message, (*checks, problem)) from error
        return replace(config, problems=(*checks, *config.problems))

    @cached_property
    def layers(self) -> Layers:
        """The layers, base first: read now, each once."""
        from lambda_image_lint.image.verify import is_complete, layer_problems

        config, config_problems = self._config_if_there
        flattened = self._flattened
        problems = layer_problems(self._blobs, self._indexes, config)
        return Layers(
            layers=tuple(self._layer(number, config) for number in range(len(self._indexes))),
            files=flattened.files,
            live_bytes=sum(index.payload_bytes() for index in self._indexes) - flattened.ledger.total(),
            deaths=tuple(flattened.ledger.deaths()),
            problems=(*config_problems, *problems),
            is_complete=all(is_complete(index) for index in self._indexes),
        )

    @cached_property
    def tree(self) -> FileTree:
        """The final file system. Not given where a layer could not be read whole: absent would mean nothing."""
        if not self.layers.is_complete:
            broken = next(problem for problem in self.layers.problems if problem.layer is not None)
            raise PartMissing(f"layer {broken.layer} could not be read whole: {broken.detail}", self.layers.problems)
        return self._flattened.tree

    def read(self, path: str, limit: int | None = None) -> bytes | None:
        """The first `limit` bytes, or all, of the file at an absolute path, symlinks followed.

        What no wish has kept is read again from the one layer that holds it. None where no regular file is there, or
        where its bytes cannot be had any more: the stream has passed by, the file is sparse or longer than 64 MiB.
        """
        node = self.tree.find(path)
        if node is None or not node.is_file or node.fingerprint is None:
            return None
        wanted = node.size if limit is None else min(limit, node.size)
        for kept in (self.kept(node), self._read_later.get((node.layer, node.inode.entry))):
            if kept is not None and not kept.is_digest and (kept.is_whole or len(kept.data) >= wanted):
                return kept.data[:wanted]
        return b"" if wanted == 0 else self._read_again(node, wanted)

    def kept(self, node: Node) -> Kept | None:
        """What the wishes have kept of a file."""
        return self._indexes[node.layer].kept.get(node.inode.entry) if node.layer >= 0 else None

    def metrics(self) -> dict[str, Any]:
        """The report's ``metrics``, as far as somebody has asked for what they need; None for the rest."""
        loaded: Mapping[str, Any] = self.__dict__
        return metrics(loaded.get("manifest"), loaded.get("config"), loaded.get("layers"), loaded.get("estimate"))

    @cached_property
    def estimate(self) -> int | None:
        """The layers' uncompressed length as far as a few bytes of each tell; None where one does not tell."""
        if self.source.one_pass is not OnePass.NOTHING:
            return None
        total = 0
        for blob in self._blobs:
            size = self.source.estimate_uncompressed(blob)
            if size is None:
                return None
            total += size
        return total

    # Manifest and config

    def _parse(self, raw: RawManifest) -> Manifest:
        return parse_manifest(raw, platform=self._platform, arch=self._arch, holds=self.source.holds)

    def _with_child(self, manifest: Manifest, depth: int) -> Manifest:
        if not manifest.is_index or manifest.chosen is None or depth == 0:
            return manifest
        descriptor = manifest.chosen.descriptor
        try:
            raw = self.source.child(descriptor)
            child = self._parse(replace(raw, digest=raw.digest or descriptor.digest or None))
        except BlobDamaged as error:
            problem = Problem(Damage.MISSING, str(error), key="manifest.manifests")
            return replace(manifest, problems=(*manifest.problems, problem))
        return manifest.with_child(self._with_child(child, depth - 1))

    @cached_property
    def _image_manifest(self) -> Manifest | None:
        """The single manifest that is linted; None where the source keeps none."""
        if self.manifest is None:
            return None
        if self.manifest.image is None:
            raise PartMissing("the index names no image that is there", self.manifest.problems)
        return self.manifest.image

    @property
    def _config_descriptor(self) -> Descriptor | None:
        manifest = self._image_manifest
        if manifest is not None and manifest.config is None:
            raise PartMissing("the manifest names no config", manifest.problems)
        return None if manifest is None else manifest.config

    @cached_property
    def _config_if_there(self) -> tuple[Config | None, tuple[Problem, ...]]:
        try:
            return self.config, ()
        except PartMissing as error:
            return None, error.problems

    # Layers

    @cached_property
    def _reading(self) -> "LayerReading":
        from lambda_image_lint.image.reading import LayerReading

        return LayerReading(self.source, self._wishes, self._cache, self._progress)

    @contextmanager
    def _failing_once(self) -> Iterator[None]:
        """A source that failed to give a layer is not asked again: each rule would wait anew, for another message."""
        if self._failure is not None:
            raise self._failure
        try:
            yield
        except SourceError as error:
            self._failure = error
            raise

    def _pass_by(self, *, recall: bool = False) -> None:
        """Let a stream pass by, once. With `recall` its documents are enough, where the cache has them."""
        with self._failing_once():
            if self._stream_is_read or (recall and self._recalled):
                return
            self._stream_is_read = True
            self._reading.read_stream()
        # Blobs that were made from kept documents cannot be opened.
        self.__dict__.pop("_blobs", None)
        identity = self.source.identity
        if self._cache is not None and identity is not None and (documents := self.source.remembered()) is not None:
            self._cache.store_documents(identity, documents)

    @cached_property
    def _recalled(self) -> bool:
        """Whether the cache had a stream's documents, and the source answers from them."""
        identity = self.source.identity
        documents = None if self._cache is None or identity is None else self._cache.load_documents(identity)
        return documents is not None and self.source.recall(documents)

    @cached_property
    def _blobs(self) -> Sequence[Blob]:
        manifest = self._image_manifest
        return self.source.layers(() if manifest is None else manifest.layers)

    @cached_property
    def _indexes(self) -> "list[LayerIndex]":
        config, _ = self._config_if_there
        diff_ids = () if config is None else config.diff_ids
        if self._wants_stream(diff_ids):
            self._pass_by()
        with self._failing_once():
            return self._reading.read(self._blobs, diff_ids)

    def _wants_stream(self, diff_ids: Sequence[str]) -> bool:
        if self.source.one_pass is OnePass.LAYERS:
            return not self._reading.take_cached(diff_ids)
        if self.source.one_pass is OnePass.EVERYTHING and not self._stream_is_read:
            return not (self._recalled and self._reading.take_kept(self._blobs))
        return False

    @cached_property
    def _flattened(self) -> "Flattened":
        from lambda_image_lint.image.flatten import flatten

        return flatten(self._indexes)

    def _layer(self, number: int, config: Config | None) -> Layer:
        manifest = self._image_manifest
        index, blob, later = self._indexes[number], self._blobs[number], self._flattened.anomalies[number]
        promised = config.diff_ids[number] if config is not None and number < len(config.diff_ids) else ""
        return Layer(
            index=number,
            descriptor=None if manifest is None else manifest.layers[number],
            digest=None if manifest is None else blob.digest or index.digest,
            diff_id=index.diff_id or promised,
            created_by="" if config is None else config.created_by(number),
            media_type=blob.media_type,
            compression=index.compression,
            compressed_bytes=None if manifest is None else index.blob_bytes,
            uncompressed_bytes=index.tar_bytes,
            entries=len(index),
            payload_bytes=index.payload_bytes(),
            dead=self._flattened.ledger.of_layer(number),
            anomalies=(*index.anomalies.kept, *later.kept),
            anomaly_counts=Counter(index.anomalies.counts) + later.counts,
        )

    def _read_again(self, node: Node, wanted: int) -> bytes | None:
        from lambda_image_lint.image.glob import escape

        if wanted > KEPT_MAX or self.source.one_pass is not OnePass.NOTHING:
            return None
        path = self._indexes[node.layer].path(node.inode.entry)
        # Who reads a file that nobody foresaw is likely to read its neighbours next, and each pass costs seconds.
        neighbours = Wish(escape(path.rpartition("/")[0]) + "/*", limit=_NEIGHBOUR_MAX)
        kept = None
        for beside in ((neighbours,), ()):
            again = self._scan_again(node.layer, [Wish(escape(path), prefix=wanted), *beside])
            self._read_later = {(node.layer, row): found for row, found in again.kept.items()}
            kept = again.kept.get(node.inode.entry)
            if kept is not None:
                break
        return None if kept is None or len(kept.data) < wanted else kept.data[:wanted]

    def _scan_again(self, layer: int, wishes: list[Wish]) -> "LayerIndex":
        from lambda_image_lint.image.reading import LayerReading

        with self._failing_once():
            return LayerReading(self.source, Wishes(wishes)).read([self._blobs[layer]], ())[0]


def _check_config(raw: bytes, descriptor: Descriptor) -> Iterable[Problem]:
    import hashlib

    digest = "sha256:" + hashlib.sha256(raw).hexdigest()
    if descriptor.digest.startswith("sha256:") and descriptor.digest != digest:
        yield _config_problem(Damage.DIGEST, f"the config's digest is {digest}, not {descriptor.digest}")
    if descriptor.size not in (-1, len(raw)):
        yield _config_problem(Damage.SIZE, f"the config has {len(raw)} bytes, its descriptor says {descriptor.size}")


def _config_problem(damage: Damage, detail: str) -> Problem:
    return Problem(damage, detail, key="config")
