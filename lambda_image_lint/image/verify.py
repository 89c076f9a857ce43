"""Holds what was read against what manifest and config promise."""

from collections.abc import Iterator, Sequence

from lambda_image_lint.image.config import Config
from lambda_image_lint.image.index import LayerIndex
from lambda_image_lint.image.problem import Damage, Problem
from lambda_image_lint.image.source import Blob

_FATAL = frozenset({Damage.STREAM, Damage.MISSING, Damage.LIMIT})


def is_complete(index: LayerIndex) -> bool:
    """Whether a layer was read to its end."""
    return not any(problem.damage in _FATAL for problem in index.problems)


def layer_problems(blobs: Sequence[Blob], indexes: Sequence[LayerIndex], config: Config | None) -> Iterator[Problem]:
    """What does not hold, layer by layer."""
    if config is not None and len(config.diff_ids) != len(blobs):
        counts = f"the image has {len(blobs)} layers, the config names {len(config.diff_ids)}"
        yield Problem(Damage.COUNT, counts, key="config.rootfs.diff_ids")
    for number, (blob, index) in enumerate(zip(blobs, indexes, strict=True)):
        yield from (Problem(problem.damage, problem.detail, number) for problem in index.problems)
        if not index.digest:
            # Not read to its end: nothing can be said of the digests, and why is said already.
            continue
        if blob.digest is not None and blob.digest.startswith("sha256:") and blob.digest != index.digest:
            yield Problem(Damage.DIGEST, f"the blob's digest is {index.digest}, not {blob.digest}", number)
        if blob.size is not None and blob.size != index.blob_bytes:
            yield Problem(
                Damage.SIZE, f"the blob has {index.blob_bytes} bytes, its descriptor says {blob.size}", number
            )
        if config is not None and index.diff_id and number < len(config.diff_ids):
            promised = config.diff_ids[number]
            if promised != index.diff_id:
                yield Problem(
                    Damage.DIFF_ID, f"the layer's diff_id is {index.diff_id}, the config says {promised}", number
                )
