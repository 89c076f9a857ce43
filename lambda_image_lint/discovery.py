"""Dockerfiles in a folder: by the names that people use, .gitignore respected."""

import os
from collections.abc import Iterator
from pathlib import Path

from lambda_image_lint.dockerfile.git_ignore import Rules, is_ignored, rules_above, rules_of

_NOT_DOCKERFILES = (".dockerignore", ".orig", ".rej", ".bak", ".swp", ".swo", "~", ".md", ".rst", ".lock", ".pyc")
_NEVER = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        "__pycache__",
        ".venv",
        ".tox",
        ".mypy_cache",
        ".pytest_cache",
        ".terraform",
    }
)
"""Folders that are never a project's own."""


def is_dockerfile_name(name: str) -> bool:
    """``Dockerfile``, ``Dockerfile.*``, ``*.Dockerfile``, ``Containerfile*``, in any case."""
    lower = name.lower()
    if lower.endswith(_NOT_DOCKERFILES):
        return False
    return lower.startswith(("dockerfile.", "containerfile")) or lower == "dockerfile" or lower.endswith(".dockerfile")


def search(folder: Path) -> Iterator[Path]:
    """The Dockerfiles below a folder, sorted, as paths that start with it; what git ignores is left out."""
    yield from _search(folder, rules_above(folder))


def _search(folder: Path, rules: Rules) -> Iterator[Path]:
    spec = rules_of(folder)
    inside = (*rules, (folder.resolve(), spec)) if spec else rules
    folders = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_folder and entry.name not in _NEVER:
            folders.append(entry.name)
        elif (
            not is_folder
            and is_dockerfile_name(entry.name)
            and entry.is_file()
            and not is_ignored(folder / entry.name, inside)
        ):
            yield folder / entry.name
    for name in folders:
        if not is_ignored(folder / name, inside, "/"):
            yield from _search(folder / name, inside)
