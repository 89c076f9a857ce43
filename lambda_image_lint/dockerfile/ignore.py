""".dockerignore: what the build does not see.

Source: https://docs.docker.com/build/concepts/context/#dockerignore-files, read 2026-11-23.
"""

import posixpath
from collections.abc import Iterable

from msgspec import Struct

from lambda_image_lint.dockerfile.glob import BadPattern, Glob, compile_glob, has_wildcard


class IgnorePattern(Struct, frozen=True):
    """A line of the file."""

    glob: Glob
    exception: bool
    """Written with ``!``: what it matches is seen again."""
    line: int
    """From 1."""


class IgnoreProblem(Struct, frozen=True):
    """A line that Docker refuses."""

    line: int
    message: str


class Ignore:
    """The patterns of one ignore file. The last one that matches a path, or a folder above it, decides."""

    def __init__(
        self, patterns: Iterable[IgnorePattern] = (), problems: Iterable[IgnoreProblem] = (), path: str | None = None
    ) -> None:
        self.patterns = tuple(patterns)
        self.problems = tuple(problems)
        self.path = path
        """The file's name as found: ``.dockerignore`` or ``NAME.dockerignore``; None without one."""
        self._folders: dict[str, int] = {}
        """Folder → which pattern decides over it, as `_decides` has it: each file in it has the same parents."""

    @classmethod
    def parse(cls, text: str, path: str | None = ".dockerignore") -> "Ignore":
        """Read an ignore file."""
        patterns, problems = [], []
        for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
            written = line.strip()
            if line.startswith("#") or not written:
                continue
            exception = written.startswith("!")
            pattern = written[1:].strip() if exception else written
            if not pattern:
                problems.append(IgnoreProblem(number, "an exception without a pattern"))
                continue
            # ``/x`` and ``x`` mean the same, and so do ``x/`` and ``x``.
            cleaned = (posixpath.normpath(pattern).lstrip("/") or "/").strip()
            # Docker looks for the mark again once it has cleaned the pattern.
            if not exception and cleaned.startswith("!"):
                exception, cleaned = True, cleaned[1:]
            if not cleaned:
                problems.append(IgnoreProblem(number, "an exception without a pattern"))
                continue
            try:
                glob = compile_glob(cleaned, deep=True)
            except BadPattern as fault:
                problems.append(IgnoreProblem(number, str(fault)))
                continue
            patterns.append(IgnorePattern(glob, exception, number))
        return cls(patterns, problems, path)

    def ignores(self, path: str) -> bool:
        """Whether the build does not see `path`, relative to the context's root."""
        decisive = self.deciding(path)
        return decisive is not None and not decisive.exception

    def may_show_below(self, folder: str) -> bool:
        """Whether an exception can match something in an ignored folder: only then is it worth opening."""
        for pattern in self.patterns:
            literal = pattern.glob.pattern.removesuffix("/*").removesuffix("/**")
            if not pattern.exception:
                continue
            if (
                has_wildcard(literal)
                or f"{literal}/".startswith(f"{folder}/")
                or f"{folder}/".startswith(f"{literal}/")
            ):
                return True
        return False

    def deciding(self, path: str) -> IgnorePattern | None:
        """The pattern that decides over `path`; None where none speaks of it."""
        decided = self._decides(path, self._over(path.rpartition("/")[0]))
        return self.patterns[decided] if decided >= 0 else None

    def _over(self, folder: str) -> int:
        """The index of the pattern that decides over a folder by its own name, or that of one above; -1: none does."""
        if not folder:
            return -1
        if folder not in self._folders:
            decided, end = -1, folder.find("/")
            while end >= 0:
                decided = self._folders.setdefault(folder[:end], self._decides(folder[:end], decided))
                end = folder.find("/", end + 1)
            self._folders[folder] = self._decides(folder, decided)
        return self._folders[folder]

    def _decides(self, path: str, above: int) -> int:
        """The last pattern that matches the path, or the one that decides over the folder above it."""
        for index in range(len(self.patterns) - 1, above, -1):
            if self.patterns[index].glob.matches(path):
                return index
        return above
