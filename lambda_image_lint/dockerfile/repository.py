"""The files around a build: scripts, workflows and templates of the repository, which the build itself need not see."""

import posixpath
from collections import deque
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

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

WORKFLOW_FOLDERS = (".github/workflows", ".gitea/workflows", ".forgejo/workflows")
"""Where GitHub, Gitea and Forgejo look for workflows."""
_PIPELINES = (".gitlab-ci.y*ml", "buildspec*.y*ml")
_YAML = (".yml", ".yaml")


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


def pipelines_around(context: Context) -> Iterator[ContextFile]:
    """The repository's pipelines where their services look for them, in the context's folder and those above it.

    Not a search of the whole repository, which would cost every run what only a few files are worth.
    """
    around = context.around()
    if around is None:
        return
    tree, folder = around
    while True:
        paths = [
            posixpath.join(folder, name)
            for name in tree.names(folder)
            if any(fnmatchcase(name, pattern) for pattern in _PIPELINES)
        ]
        for workflows in (posixpath.join(folder, one) for one in WORKFLOW_FOLDERS):
            paths += [posixpath.join(workflows, name) for name in tree.names(workflows) if name.endswith(_YAML)]
        for path in paths:
            entry = tree.entry(path)
            if entry is not None and entry.link is None and not entry.is_dir:
                yield entry
        if not folder:
            return
        folder = posixpath.dirname(folder)


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
