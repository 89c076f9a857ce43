"""Layers, as findings name them."""

from collections.abc import Iterable

from lambda_image_lint.finding import FilePlace, KeyPlace
from lambda_image_lint.image.layers import Compression, Layer, Layers, Oddity
from lambda_image_lint.rulekit.history import shown_step
from lambda_image_lint.rulekit.sizes import shown_size

_NAMED = 3
"""Layers that a help names of many. Own choice."""


def layer_place(index: int, *, in_manifest: bool) -> KeyPlace:
    """Where a finding on a whole layer stands: in the manifest where there is one, else in the config."""
    return KeyPlace(f"manifest.layers[{index}]" if in_manifest else f"config.rootfs.diff_ids[{index}]")


def file_place(layer: Layer, path: str) -> FilePlace:
    """A file in a layer."""
    return FilePlace(path, layer.index, layer.digest or layer.diff_id)


def named(index: int, created_by: str) -> str:
    """``layer 3 (RUN pip install …)``, without the step where the history does not tell it."""
    step = shown_step(created_by)
    return f"layer {index} ({step})" if step else f"layer {index}"


def largest(sizes: Iterable[tuple[int, str]]) -> str:
    """``The largest: layer 3 (RUN …) 8.0 GiB, layer 0 0.4 GiB.`` of pairs of bytes and names."""
    chosen = sorted(sizes, key=lambda one: -one[0])[:_NAMED]
    return f"The largest: {', '.join(f'{name} {shown_size(size)}' for size, name in chosen)}." if chosen else ""


def largest_layers(layers: Layers) -> str:
    """The same, of what the layers hold uncompressed."""
    return largest((layer.uncompressed_bytes, named(layer.index, layer.created_by)) for layer in layers)


def missing_parent_count(layer: Layer) -> int:
    """Entries whose parent directory is not there when they come."""
    return layer.anomaly_counts.get(Oddity.MISSING_PARENT, 0)


def stored_as(layer: Layer) -> str | None:
    """How a layer is stored, in words: ``a plain tar``, ``gzip``, ``zstd``; None where it is none of them."""
    return {Compression.NONE: "a plain tar", Compression.GZIP: "gzip", Compression.ZSTD: "zstd"}.get(layer.compression)
