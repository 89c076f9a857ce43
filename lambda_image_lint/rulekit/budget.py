"""The budget that a configuration gives an image: its options, read and held to what they must be."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from lambda_image_lint.errors import UsageError
from lambda_image_lint.image.layers import Layers
from lambda_image_lint.rulekit.sizes import read_size, shown_size
from lambda_image_lint.settings import nearest

SIZES = ("max-uncompressed", "max-compressed", "max-dead-bytes")


class Budget(Struct, frozen=True):
    """What an image may have at most, and its efficiency at least; None: nothing is asked for."""

    max_uncompressed: int | None = None
    """Bytes of all layers' tar streams."""
    max_compressed: int | None = None
    """Bytes of all layers as a registry holds them."""
    max_dead_bytes: int | None = None
    """Bytes of files that are in the layers and not in the final image."""
    min_efficiency: float | None = None
    """0 to 1: live bytes by all bytes of files."""
    max_layers: int | None = None

    @property
    def wants_layers(self) -> bool:
        """Whether it can be decided only by reading the layers."""
        return any(one is not None for one in (self.max_uncompressed, self.max_dead_bytes, self.min_efficiency))


def read_budget(options: Mapping[str, Any]) -> Budget:
    """The table ``[rules.size-budget]``. Raises `UsageError` for an unknown key, or a value that is none."""
    readers: dict[str, Callable[[Any], Any]] = {
        **dict.fromkeys(SIZES, _size),
        "min-efficiency": _share,
        "max-layers": _count,
    }
    values = {}
    for name, value in options.items():
        if name not in readers:
            raise UsageError(f"[rules.size-budget] has no option `{name}`", nearest(name, readers))
        try:
            values[name.replace("-", "_")] = readers[name](value)
        except (TypeError, ValueError) as error:
            wanted = {"min-efficiency": "a number from 0 to 1", "max-layers": "a whole number from 1 on"}.get(
                name, "a size like 2GiB or 50MB"
            )
            raise UsageError(f"[rules.size-budget] `{name}` is {value!r}, not {wanted}", f"Write {wanted}") from error
    return Budget(**values)


def _size(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(value)
    return read_size(str(value))


def _share(value: object) -> float:
    share = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else -1.0
    if not 0 <= share <= 1:
        raise ValueError(value)
    return share


def _count(value: object) -> int:
    count = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else 0
    if count < 1:
        raise ValueError(value)
    return count


def over_in_metadata(budget: Budget, layer_count: int, compressed: int | None) -> Iterator[str]:
    """Messages for what manifest and config show to be over the budget; `compressed` is None where nothing tells it."""
    yield from _over("compressed layers", compressed, budget.max_compressed)
    if budget.max_layers is not None and layer_count > budget.max_layers:
        yield f"{layer_count} layers, over the budget of {budget.max_layers}"


def over_in_layers(budget: Budget, layers: Layers) -> Iterator[str]:
    """Messages for what only the layers show."""
    yield from _over("uncompressed layers", layers.uncompressed_bytes, budget.max_uncompressed)
    yield from _over("bytes that are not in the image", layers.dead_bytes, budget.max_dead_bytes)
    if budget.min_efficiency is not None and layers.efficiency < budget.min_efficiency:
        yield f"efficiency {layers.efficiency:.3f}, under the budget of {budget.min_efficiency:g}"


def _over(what: str, size: int | None, most: int | None) -> Iterator[str]:
    if size is not None and most is not None and size > most:
        yield f"{what}: {shown_size(size)}, {shown_size(size - most)} over the budget of {shown_size(most)}"
