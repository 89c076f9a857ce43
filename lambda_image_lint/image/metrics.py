"""The figures of an image, as the JSON report has them: None for what the source lacks or nobody has measured."""

from typing import Any

from lambda_image_lint.image.config import Config
from lambda_image_lint.image.layers import Layer, Layers
from lambda_image_lint.image.manifest import Manifest


def metrics(
    manifest: Manifest | None, config: Config | None, layers: Layers | None, estimate: int | None
) -> dict[str, Any]:
    """From what has been read so far. Sizes in bytes; ``estimated`` is there only where a size is an estimate."""
    image = manifest.image if manifest is not None else None
    whole = layers if layers is not None and layers.is_complete else None
    figures: dict[str, Any] = {
        "uncompressed_bytes": whole.uncompressed_bytes if whole else estimate,
        "compressed_bytes": _compressed_bytes(image, whole),
        "manifest_bytes": image.size if image else None,
        "manifest_media_type": manifest.media_type or None if manifest else None,
        "architecture": config.architecture or None if config else None,
        "os": config.os or None if config else None,
        "layers": [_layer(layer) for layer in layers] if layers is not None else _unread_layers(image, config),
        "files": whole.files if whole else None,
        "live_bytes": whole.live_bytes if whole else None,
        "dead_bytes": whole.dead_bytes if whole else None,
        "efficiency": whole.efficiency if whole else None,
    }
    if whole is None and estimate is not None:
        figures["estimated"] = True
    return figures


def _compressed_bytes(image: Manifest | None, layers: Layers | None) -> int | None:
    if layers is not None:
        return layers.compressed_bytes if image is not None else None
    if image is None or any(layer.size < 0 for layer in image.layers):
        return None
    return sum(layer.size for layer in image.layers)


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "digest": layer.digest,
        "diff_id": layer.diff_id or None,
        "created_by": layer.created_by or None,
        "compressed_bytes": layer.compressed_bytes,
        "uncompressed_bytes": layer.uncompressed_bytes,
        "entries": layer.entries,
        "dead_bytes": layer.dead_bytes,
    }


def _unread_layers(image: Manifest | None, config: Config | None) -> list[dict[str, Any]] | None:
    """What manifest and config say of the layers without reading one."""
    count = len(image.layers) if image is not None else len(config.diff_ids) if config is not None else None
    if count is None:
        return None
    diff_ids = config.diff_ids if config is not None and len(config.diff_ids) == count else (None,) * count
    return [
        {
            "digest": image.layers[number].digest or None if image is not None else None,
            "diff_id": diff_ids[number],
            "created_by": config.created_by(number) or None if config is not None else None,
            "compressed_bytes": image.layers[number].size
            if image is not None and image.layers[number].size >= 0
            else None,
            "uncompressed_bytes": None,
            "entries": None,
            "dead_bytes": None,
        }
        for number in range(count)
    ]
