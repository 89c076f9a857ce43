"""The ledger of dead payload: which layer made it, which hid it, and why."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator

from lambda_image_lint.image.layers import Cause, Death

LARGEST_KEPT = 10
"""Paths that are named of each sum."""


class Ledger:
    """Sums of dead bytes, in memory that does not grow with the image."""

    def __init__(self) -> None:
        self._bytes: Counter[tuple[Cause, int, int]] = Counter()
        self._files: Counter[tuple[Cause, int, int]] = Counter()
        self._largest: dict[tuple[Cause, int, int], list[tuple[int, str]]] = {}

    def add(self, cause: Cause, made_by: int, killed_by: int, size: int, path: Callable[[], str]) -> None:
        """Enter one file; `path` is asked only where the file is among the largest."""
        key = (cause, made_by, killed_by)
        self._bytes[key] += size
        self._files[key] += 1
        largest = self._largest.setdefault(key, [])
        if len(largest) < LARGEST_KEPT:
            heapq.heappush(largest, (size, path()))
        elif size > largest[0][0]:
            heapq.heapreplace(largest, (size, path()))

    def total(self) -> int:
        """All dead bytes."""
        return self._bytes.total()

    def deaths(self) -> Iterator[Death]:
        """The sums, most bytes first."""
        order = sorted(self._bytes, key=lambda key: (-self._bytes[key], key))
        for key in order:
            largest = sorted(self._largest[key], key=lambda file: (-file[0], file[1]))
            cause, made_by, killed_by = key
            yield Death(
                cause,
                made_by,
                killed_by,
                self._bytes[key],
                self._files[key],
                tuple((path, size) for size, path in largest),
            )

    def of_layer(self, layer: int) -> dict[Cause, int]:
        """Dead bytes that a layer holds, by cause, in the order of `Cause`."""
        sums: Counter[Cause] = Counter()
        for (cause, made_by, _), size in self._bytes.items():
            if made_by == layer:
                sums[cause] += size
        return {cause: sums[cause] for cause in Cause if sums[cause]}
