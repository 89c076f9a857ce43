"""Changed files laid over a build context, so that a fix can be linted before it is written."""

from collections.abc import Mapping

from lambda_image_lint.answer import Answer
from lambda_image_lint.dockerfile.context import ContextFile, MemoryTree, Tree


class OverlayTree(Tree):
    """Files in memory before those of another tree."""

    def __init__(self, below: Tree, files: Mapping[str, bytes]) -> None:
        self._below = below
        self._above = MemoryTree(files, {}, {})

    def entry(self, path: str) -> ContextFile | None:
        return self._above.entry(path) if path and self._above.entry(path) else self._below.entry(path)

    def names(self, path: str) -> tuple[str, ...]:
        return tuple(sorted({*self._above.names(path), *self._below.names(path)}))

    def read(self, path: str, limit: int | None) -> Answer[bytes]:
        entry = self._above.entry(path)
        return (self._above if entry and not entry.is_dir else self._below).read(path, limit)
