"""Lines into logical lines: directives, comments, continuations, heredocs.

After https://docs.docker.com/reference/dockerfile/, read 2026-11-23.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct, field

from lambda_image_lint.dockerfile.expansion import read_template
from lambda_image_lint.dockerfile.model import Checks, Comment, Directive, Heredoc, Problem
from lambda_image_lint.dockerfile.source import MappedText, Source
from lambda_image_lint.patterns import lazy

MAX_LINE_BYTES = 65_535
"""Docker refuses a longer line. Source: its error "dockerfile line greater than maximum allowed size of 65535"."""

MAX_INSTRUCTION = 200_000
"""Code points of a logical line that are taken apart; own: a longer one is made by a program, and costs seconds."""

BLANKS = "\t\v\f\r "
"""What separates words."""
SPACES = (
    BLANKS
    + "\n\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What is trimmed at either end of a line: Unicode's white space."""

_NO_SPACE = lazy(rf"[^{SPACES}]")
_DIRECTIVE = lazy(r"#[\t\v\f\r ]*([A-Za-z][A-Za-z0-9]*)[\t\v\f\r ]*=[\t\v\f\r ]*(\S(?:.*\S)?)[\t\v\f\r ]*$")
_DIRECTIVES = ("syntax", "escape", "check")
_HEREDOC_KEYWORDS = ("RUN", "COPY", "ADD", "ONBUILD")
_KEYWORD = lazy(r"[^\t\v\f\r ]+")
_QUOTED = r"'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\."
_HEREDOC_WORD = lazy(
    rf"(?P<blank>[\t\v\f\r ]+)|(?P<heredoc>(?<![^\t\v\f\r ])\d*<<(?P<chomp>-?)(?!<)[\t ]*(?P<name>(?:[^\t\v\f\r <'\"\\]|{_QUOTED})+)(?![^\t\v\f\r ]))"
    rf"|(?P<word>(?:{_QUOTED}|[^\t\v\f\r '\"\\])+)|(?P<open>.)",
    re.DOTALL,
)


class LogicalLine(Struct):
    """An instruction before it is understood."""

    mapped: MappedText
    bounds: tuple[int, int]
    """Offsets in the source, heredocs included, trailing blanks not."""
    heredocs: tuple[Heredoc, ...]
    blank_lines: tuple[int, ...]
    oversized: bool


class Reading(Struct):
    """What reading the lines gave."""

    directives: list[Directive] = field(default_factory=list)
    escape: str = "\\"
    comments: list[Comment] = field(default_factory=list)
    lines: list[LogicalLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True
    """False: more instructions than were to be read."""


def read_checks(value: str) -> Checks:
    """``skip=A,B;error=true``, in any order."""
    parts = (part.partition("=") for part in value.split(";"))
    settings = {key.strip().lower(): setting.strip() for key, _, setting in parts}
    skip = tuple(name.strip() for name in settings.get("skip", "").split(",") if name.strip())
    return Checks(skip, settings.get("error", "").lower() in ("1", "t", "true"))


def read_lines(source: Source, at_most: int | None = None) -> Reading:
    """The logical lines of a source in order: every one, or the first `at_most`."""
    return _Reader(source, at_most).read()


class _Reader:
    """A walk over physical lines, each looked at once."""

    def __init__(self, source: Source, at_most: int | None) -> None:
        self._source = source
        self._at_most = at_most
        self._starts = source.line_starts
        self._lines = source.text.split("\n")
        self._at = 0
        # A final newline ends the last line; it does not begin another one.
        self._end = len(self._lines) - (not self._lines[-1])
        self._reading = Reading()

    def read(self) -> Reading:
        self._check_lengths()
        self._read_directives()
        while self._at < self._end:
            content = self._lines[self._at].strip(SPACES)
            if not content:
                self._at = self._behind_blanks()
            elif content[0] == "#":
                self._comment(None)
                self._at += 1
            elif len(self._reading.lines) == self._at_most:
                self._end_early()
                break
            else:
                self._instruction()
        return self._reading

    def _behind_blanks(self) -> int:
        """The next line that says something."""
        found = _NO_SPACE.search(self._source.text, self._starts[self._at])
        return bisect_right(self._starts, found.start()) - 1 if found else self._end

    def _end_early(self) -> None:
        start = self._starts[self._at]
        span = self._source.span(start, start + len(self._lines[self._at].removesuffix("\r")))
        message = f"The file has more than {self._at_most:,} instructions: what begins here is not read"
        self._reading.problems.append(Problem("too-many-instructions", span, message, "Split the file"))
        self._reading.complete = False

    def _read_directives(self) -> None:
        seen: set[str] = set()
        while self._at < self._end:
            line = self._lines[self._at].strip(SPACES)
            match = _DIRECTIVE.match(line) if line.startswith("#") else None
            name = match[1].lower() if match else ""
            if not match or name not in _DIRECTIVES:
                return
            self._comment(None, directive=True)
            span = self._reading.comments[-1].span
            if name in seen:
                message = f"The directive {name} stands twice"
                self._reading.problems.append(Problem("duplicate-directive", span, message, "Keep one of them"))
            elif name == "escape" and match[2] not in ("\\", "`"):
                message = f"The escape character is {match[2]!r}, where only a backslash or a backtick can be"
                self._reading.problems.append(Problem("invalid-directive", span, message))
            else:
                self._reading.directives.append(Directive(name, match[2], span))
                if name == "escape":
                    self._reading.escape = match[2]
            seen.add(name)
            self._at += 1

    def _comment(self, inside: int | None, *, directive: bool = False) -> None:
        line = self._lines[self._at]
        text = line.strip(SPACES)
        start = self._starts[self._at] + line.index("#")
        span = self._source.span(start, start + len(text))
        self._reading.comments.append(Comment(text, span, directive, inside))

    def _instruction(self) -> None:
        pieces: list[tuple[int, str]] = []
        blank_lines: list[int] = []
        first = self._at
        more = True
        while more and self._at < self._end:
            line = self._lines[self._at]
            content = line.strip(SPACES)
            if pieces and not content:
                blank_lines.append(self._at + 1)
            elif pieces and content[0] == "#":
                self._comment(len(self._reading.lines))
            else:
                text, more = self._without_continuation(line.removesuffix("\r"))
                indent = 0 if pieces else len(text) - len(text.lstrip(SPACES))
                pieces.append((self._starts[self._at] + indent, text[indent:]))
            self._at += 1
        mapped = MappedText(self._source, pieces)
        oversized = len(mapped.text) > MAX_INSTRUCTION
        heredocs = () if oversized else tuple(self._heredocs(mapped))
        last = self._lines[self._at - 1]
        end = self._starts[self._at - 1] + len(last.rstrip(SPACES) if not heredocs else last.removesuffix("\r"))
        indent = len(self._lines[first]) - len(self._lines[first].lstrip(SPACES))
        bounds = (self._starts[first] + indent, end)
        self._reading.lines.append(LogicalLine(mapped, bounds, heredocs, tuple(blank_lines), oversized))

    def _check_lengths(self) -> None:
        """Comments and heredoc bodies count too."""
        if max(map(len, self._lines)) * 4 <= MAX_LINE_BYTES:
            return
        for number, line in enumerate(self._lines):
            # A code point takes at most four bytes, so most lines need no counting.
            if len(line) * 4 <= MAX_LINE_BYTES or (size := _byte_count(line)) <= MAX_LINE_BYTES:
                continue
            message = f"The line has {size:,} bytes; Docker reads at most {MAX_LINE_BYTES:,}"
            span = self._source.span(self._starts[number], self._starts[number] + len(line.removesuffix("\r")))
            self._reading.problems.append(Problem("line-too-long", span, message, "Break it"))

    def _without_continuation(self, line: str) -> tuple[str, bool]:
        """The line without its final escape character, and whether there was one that is not itself escaped."""
        escape = self._reading.escape
        text = line.rstrip(" \t")
        if text.endswith(escape) and not text.endswith(escape * 2):
            return text[:-1], True
        return line, False

    def _heredocs(self, mapped: MappedText) -> Iterator[Heredoc]:
        if "<<" not in mapped.text:
            return
        keyword = _KEYWORD.match(mapped.text.lstrip(SPACES))
        if not keyword or keyword[0].upper() not in _HEREDOC_KEYWORDS:
            return
        for chomp, word, _ in heredoc_words(mapped.text, self._reading.escape):
            yield self._heredoc(chomp, word)

    def _heredoc(self, chomp: bool, word: str) -> Heredoc:
        name = unquote(word)
        first = self._at
        pieces: list[tuple[int, str]] = []
        terminated = False
        while self._at < self._end and not terminated:
            line = self._lines[self._at].removesuffix("\r")
            text = line.lstrip("\t") if chomp else line
            terminated = text == name
            if not terminated:
                pieces.append((self._starts[self._at] + len(line) - len(text), text + "\n"))
            self._at += 1
        mapped = MappedText(self._source, pieces)
        # Without a body or an end word nothing is left but the end of the file.
        last = self._lines[self._at - 1].removesuffix("\r")
        begin = self._starts[first] if first < self._at else self._starts[self._at - 1] + len(last)
        span = self._source.span(begin, self._starts[self._at - 1] + len(last))
        if not terminated:
            message = f"The heredoc {name} has no end: no line below holds {name} alone"
            index = len(self._reading.lines)
            self._reading.problems.append(Problem("unterminated-heredoc", span, message, f"Add a line {name}", index))
        return Heredoc(name, name == word, chomp, mapped.text, span, terminated, mapped)


def _byte_count(line: str) -> int:
    """Bytes in the file; an undecodable byte counts one."""
    return len(line.encode("utf-8", "replace"))


def heredoc_words(text: str, escape: str) -> Iterator[tuple[bool, str, tuple[int, int]]]:
    """The heredocs that a logical line announces: whether tabs are stripped, the end word as written, the bounds."""
    found = []
    if read_template(text, escape).fault:
        return  # Docker sees no heredoc in a line whose quotes or variables it does not understand
    for match in _HEREDOC_WORD.finditer(text):
        if match["heredoc"] and unquote(match["name"]):
            found.append((bool(match["chomp"]), match["name"], match.span("heredoc")))
    yield from found


def unquote(word: str) -> str:
    """An end word without quotes and backslashes."""
    return re.sub(r"'([^']*)'|\"([^\"]*)\"|\\(.)", lambda match: match[1] or match[2] or match[3] or "", word)
