"""The files around a build: scripts, workflows and templates of the repository, which the build itself need not see."""

import posixpath
from collections import deque
from collections.abc import Callable, Iterator

from lambda_image_lint.dockerfile.context import Context, ContextFile, Tree

_SKIPPED = frozenset(
    {
        "node_modules", ".git", ".hg", ".svn", ".terraform", ".venv", "venv", "__pycache__", ".aws-sam", "cdk.out",
        ".serverless", ".next", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", "site-packages",
    }
)  # fmt: skip
"""Folders that tools fill, not people."""
_MOST_FOLDERS = 1_000
_MOST_NAMES = 20_000
"""Looked at, so that a repository of any size costs no more than a moment."""


def files_around(context: Context, is_wanted: Callable[[str], bool]) -> Iterator[ContextFile]:
    """The repository's files whose path is wanted, ignored or not: those of the context first, then those above it.

    Paths are relative to the repository's top. Outside of a repository there is nothing above the context.
    """
    around = context.around()
    if around is None:
        return
    tree, start = around
    search = _Search(tree, is_wanted)
    yield from search.below(start)
    while start:
        start = posixpath.dirname(start)
        yield from search.below(start)


class _Search:
    def __init__(self, tree: Tree, is_wanted: Callable[[str], bool]) -> None:
        self._tree = tree
        self._is_wanted = is_wanted
        self._seen: set[str] = set()
        self._names = 0

    def below(self, top: str) -> Iterator[ContextFile]:
        """Breadth first: what stands nearest says most."""
        waiting = deque([top])
        while waiting:
            folder = waiting.popleft()
            if folder in self._seen:
                continue
            self._seen.add(folder)
            if len(self._seen) > _MOST_FOLDERS:
                return
            for name in self._tree.names(folder):
                self._names += 1
                if self._names > _MOST_NAMES:
                    return
                path = posixpath.join(folder, name)
                entry = self._tree.entry(path) if name not in _SKIPPED else None
                if entry is None or entry.link is not None:
                    continue
                if entry.is_dir:
                    waiting.append(path)
                elif self._is_wanted(path):
                    yield entry
