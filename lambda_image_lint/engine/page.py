"""A rule's page: its manual, its help text in reports, and its tests, in one Markdown file.

The shape: a title, what the rule says, prose sections, and cases. A case is a section with an input fence:

* ``dockerfile``: the Dockerfile under lint; or ``toml image``: a recipe of an image
* ``LANGUAGE PATH``, any number: files of the build context
* ``findings``: one ``PLACE: RULE severity: message`` a line, or nothing; PLACE is a line number, a config key or a file
* ``dockerfile fixed``, ``LANGUAGE PATH fixed``: what the fixes make of it; absent where nothing changes

A comment in the case's heading holds options of the run: ``## Another platform <!-- --arch arm64 -->``.
"""

import shlex
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from msgspec import Struct, field

from lambda_image_lint.patterns import lazy

_FENCE = lazy(r"^(`{3,})(.*)$")
_HEADING = lazy(r"^(#{1,6})\s+(.*?)\s*$")
_OPTIONS = lazy(r"\s*<!--\s*(.*?)\s*-->\s*$")


class Fence(Struct, frozen=True):
    """A fenced block: its info string, its text, and where its text stands in the page."""

    info: str
    text: str
    first_line: int
    """Index of its first line of text, from 0."""
    end_line: int
    """Index of its closing line."""


class Case(Struct, frozen=True):
    """One example that is run."""

    title: str
    options: tuple[str, ...]
    input: Fence
    files: Mapping[str, str]
    findings: Fence | None
    fixed: Mapping[str, Fence] = field(default_factory=dict)
    """File name → fence; the Dockerfile's name is ``Dockerfile``."""

    @property
    def is_image(self) -> bool:
        """Whether the input is a recipe of an image."""
        return self.input.info == "toml image"

    @property
    def is_bad(self) -> bool:
        """Whether something is found."""
        return self.findings is not None and bool(self.findings.text.strip())


class Page(Struct, frozen=True, dict=True):
    """A page, read."""

    path: Path
    lines: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> "Page":
        """Raises `OSError` where there is none."""
        return cls(path, tuple(path.read_text(encoding="utf-8").split("\n")))

    @property
    def text(self) -> str:
        """The page as it is."""
        return "\n".join(self.lines)

    @cached_property
    def title(self) -> str:
        """Its first heading."""
        return next((match.group(2) for line in self.lines if (match := _HEADING.match(line))), "")

    @cached_property
    def sections(self) -> tuple[tuple[str, int, int], ...]:
        """(heading, first line after it, end), indexes from 0; headings inside fences are none."""
        starts = [(heading, index) for index, heading in self._headings()]
        ends = [index for _, index in starts[1:]] + [len(self.lines)]
        return tuple((heading, index + 1, end) for (heading, index), end in zip(starts, ends, strict=True))

    @cached_property
    def prose(self) -> str:
        """The page without its cases: for a report's help text."""
        kept = []
        for heading, start, end in self.sections:
            if not any(True for _ in _fences(self.lines, start, end)):
                level = "#" if heading == self.title else "##"
                kept.append("\n".join([f"{level} {heading}", *self.lines[start:end]]).strip())
        return "\n\n".join(kept)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Every section with an input fence."""
        return tuple(self._cases())

    @cached_property
    def fixable(self) -> bool:
        """Computed, so that it cannot lie: a case shows what a fix makes."""
        return any(case.fixed for case in self.cases)

    def _headings(self) -> Iterator[tuple[int, str]]:
        fence = ""
        for index, line in enumerate(self.lines):
            if match := _FENCE.match(line):
                if not fence:
                    fence = match.group(1)
                elif match.group(1) == fence and not match.group(2).strip():
                    fence = ""
            elif not fence and (heading := _HEADING.match(line)):
                yield index, heading.group(2)

    def _cases(self) -> Iterator[Case]:
        for heading, start, end in self.sections:
            fences = list(_fences(self.lines, start, end))
            inputs = [fence for fence in fences if fence.info in ("dockerfile", "toml image")]
            if not inputs:
                continue
            if len(inputs) > 1:
                raise ValueError(f"{self.path}: two inputs under `{heading}`")
            options = _OPTIONS.search(heading)
            files, fixed, findings = {}, {}, None
            for fence in fences:
                words = fence.info.split()
                if fence.info == "findings":
                    findings = fence
                elif words[-1:] == ["fixed"]:
                    fixed["Dockerfile" if words == ["dockerfile", "fixed"] else words[1]] = fence
                elif len(words) == 2 and fence not in inputs:
                    files[words[1]] = fence.text
            yield Case(
                title=_OPTIONS.sub("", heading),
                options=tuple(shlex.split(options.group(1))) if options else (),
                input=inputs[0],
                files=files,
                findings=findings,
                fixed=fixed,
            )


def _fences(lines: tuple[str, ...], start: int, end: int) -> Iterator[Fence]:
    index = start
    while index < end:
        if match := _FENCE.match(lines[index]):
            close = next((i for i in range(index + 1, end) if lines[i].rstrip() == match.group(1)), end)
            text = "".join(f"{line}\n" for line in lines[index + 1 : close])
            yield Fence(" ".join(match.group(2).split()), text, index + 1, close)
            index = close
        index += 1
