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
            cleaned = posixpath.normpath(pattern).lstrip("/") or "/"
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
        names = path.split("/")
        parents = ["/".join(names[: count + 1]) for count in range(len(names))]
        for pattern in reversed(self.patterns):
            if any(pattern.glob.matches(parent) for parent in reversed(parents)):
                return pattern
        return None
