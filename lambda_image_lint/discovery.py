"""Dockerfiles in a folder: by the names that people use, .gitignore respected."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

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
    yield from _search(folder, _above(folder))


def _search(folder: Path, specs: tuple[tuple[Path, "GitIgnoreSpec"], ...]) -> Iterator[Path]:
    spec = _spec(folder)
    inside = (*specs, (folder.resolve(), spec)) if spec else specs
    folders = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_folder and entry.name not in _NEVER:
            folders.append(entry.name)
        elif (
            not is_folder
            and is_dockerfile_name(entry.name)
            and entry.is_file()
            and not _ignored(folder / entry.name, inside, "")
        ):
            yield folder / entry.name
    for name in folders:
        if not _ignored(folder / name, inside, "/"):
            yield from _search(folder / name, inside)


def _above(folder: Path) -> tuple[tuple[Path, "GitIgnoreSpec"], ...]:
    """The .gitignore files between a folder and the top of its repository."""
    parents = folder.resolve().parents
    top = next((i for i, parent in enumerate(parents) if (parent / ".git").exists()), None)
    if top is None or (folder / ".git").exists():
        return ()
    found = ((parent, _spec(parent)) for parent in reversed(parents[: top + 1]))
    return tuple((parent, spec) for parent, spec in found if spec)


def _spec(folder: Path) -> "GitIgnoreSpec | None":
    file = folder / ".gitignore"
    if not file.is_file():
        return None
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(file.read_text(encoding="utf-8", errors="replace").splitlines())


def _ignored(path: Path, specs: tuple[tuple[Path, "GitIgnoreSpec"], ...], ending: str) -> bool:
    """As git decides it: the .gitignore nearest to the path that says anything has the word."""
    for folder, spec in reversed(specs):
        relative = path.resolve(strict=False).relative_to(folder).as_posix() + ending if not path.is_symlink() else None
        verdict = spec.check_file(relative).include if relative else None
        if verdict is not None:
            return verdict
    return False
