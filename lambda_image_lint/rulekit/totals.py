"""How much an image holds uncompressed, from the cheapest evidence at hand."""

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.image.config import Config
from lambda_image_lint.image.layers import Layers
from lambda_image_lint.image.manifest import Manifest
from lambda_image_lint.rulekit.layers import largest, largest_layers, named
from lambda_image_lint.rulekit.sizes import shown_size

_COMPRESSED_PER_UNCOMPRESSED_MAX = 1.001
"""Data that does not compress grows by its framing: gzip by 5 bytes in each 16 KiB or more, zstd by 3 in 128 KiB.
Source: RFC 1951 §3.2.4 and RFC 8878 §3.1.1.2; rounded up for headers."""


class Total(Struct, frozen=True):
    """What all layers hold, uncompressed."""

    size: int
    """Bytes: the length of the tar streams, or the least that it can be."""
    why_not_exact: str
    """Why it is only the least; empty where it is exact."""
    largest: str
    """A sentence that names the largest layers; empty where there is none."""

    @property
    def exact(self) -> bool:
        """Whether every layer was read to its end."""
        return not self.why_not_exact

    @property
    def shown(self) -> str:
        """``10.3 GiB``, ``at least 10.3 GiB``."""
        return shown_size(self.size) if self.exact else f"at least {shown_size(self.size)}"


def uncompressed_total(config: Config, manifest: Manifest | None, layers: Layers | None) -> Answer[Total]:
    """From the layers if they were read, else what the compressed sizes of the manifest prove."""
    if layers is not None:
        broken = "" if layers.is_complete else "a layer could not be read whole"
        return Total(layers.uncompressed_bytes, broken, largest_layers(layers))
    image = manifest.image if manifest is not None else None
    if image is None:
        return Unknown("layers not read")
    sizes = [max(layer.size, 0) for layer in image.layers]
    names = [named(index, config.created_by(index)) for index in range(len(sizes))]
    return Total(
        int(sum(sizes) / _COMPRESSED_PER_UNCOMPRESSED_MAX),
        "layers not read, and their compressed sizes prove nothing",
        largest(zip(sizes, names, strict=True)).replace("The largest:", "The largest, compressed:"),
    )


def compressed_total(manifest: Manifest | None, layers: Layers | None) -> int | None:
    """Bytes of all layers as a registry holds them; None where nothing tells."""
    if layers is not None and layers.compressed_bytes is not None:
        return layers.compressed_bytes
    image = manifest.image if manifest is not None else None
    if image is None or any(layer.size < 0 for layer in image.layers):
        return None
    return sum(layer.size for layer in image.layers)
