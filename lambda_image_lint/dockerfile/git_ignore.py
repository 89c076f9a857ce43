"""What git leaves out: files that a step before the build, or a person's own machine, brings."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

Rules = tuple[tuple[Path, "GitIgnoreSpec"], ...]
"""Folders with what their .gitignore says, outermost first."""


def rules_above(folder: Path) -> Rules:
    """The .gitignore files between a folder, itself left out, and the top of its repository."""
    parents = folder.resolve().parents
    top = next((i for i, parent in enumerate(parents) if (parent / ".git").exists()), None)
    if top is None or (folder / ".git").exists():
        return ()
    found = ((parent, rules_of(parent)) for parent in reversed(parents[: top + 1]))
    return tuple((parent, spec) for parent, spec in found if spec)


def rules_of(folder: Path) -> "GitIgnoreSpec | None":
    """What the .gitignore in a folder says; None where there is none."""
    file = folder / ".gitignore"
    if not file.is_file():
        return None
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(file.read_text(encoding="utf-8", errors="replace").splitlines())


def is_ignored(path: Path, rules: Rules, ending: str = "") -> bool:
    """As git decides it: the .gitignore nearest to the path that says anything has the word.

    `ending` is a slash where the path is a folder's.
    """
    for folder, spec in reversed(rules):
        relative = path.resolve(strict=False).relative_to(folder).as_posix() + ending if not path.is_symlink() else None
        verdict = spec.check_file(relative).include if relative else None
        if verdict is not None:
            return verdict
    return False
