"""Ignores found in a Dockerfile's comments and an image's label, and what they hide."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

from msgspec.structs import replace

from lambda_image_lint.dockerfile.logical import MAX_LINE_BYTES
from lambda_image_lint.dockerfile.model import Comment, Dockerfile
from lambda_image_lint.engine.facts import Subject
from lambda_image_lint.engine.ignores import Ignore, Ignores, Unused
from lambda_image_lint.engine.result import Result, Suppression
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.engine.selection import specificity
from lambda_image_lint.finding import Span, TextPlace
from lambda_image_lint.image.config import Config
from lambda_image_lint.patterns import lazy

LABEL = "io.github.lambda-image-lint.ignore"
"""An image's own ignores: words separated by commas, then perhaps a reason after a semicolon."""

_OWN = lazy(r"#\s*lint-image:\s*(?:(stage|file)-)?ignore\[([^\]\n]*)\][ \t]*(.*)")
_HADOLINT = lazy(r"#\s*hadolint\s+(?:(global|stage)\s+)?ignore\s*=([\w,\s]*)(?:#(.*))?$")
_BUILDKIT = lazy(r"#\s*check\s*=\s*(?:[^;]*;)*\s*skip\s*=\s*([\w,\s]+)")

_WORD = lazy(r"[^,\s]+")

MAX_IGNORES = 5_000
"""Of one file that are heard, and `MAX_WORDS` of each; own: people write ten, and each is held against each finding."""
MAX_WORDS = 500
MAX_UNUSED = 2_000
"""Words of ignores that are told to hide nothing; own."""


def ignores(subject: Subject) -> tuple[Ignore, ...]:
    """The ignores of the subject, in file order."""
    dockerfile = subject.loaded(Dockerfile)
    if dockerfile is not None:
        lines = _Lines(dockerfile)
        found = (_of_comment(lines, comment) for comment in dockerfile.comments)
        return tuple(islice((ignore for ignore in found if ignore), MAX_IGNORES))
    config = subject.loaded(Config)
    label = config.labels.get(LABEL) if config is not None else None
    if not label:
        return ()
    words, _, reason = label.partition(";")
    return (Ignore(_words(words), "file", "label", reason.strip() or None, None, (0, 0)),)


def _of_comment(lines: "_Lines", comment: Comment) -> Ignore | None:
    if len(comment.text) > MAX_LINE_BYTES:  # no builder reads it
        return None
    if match := _OWN.match(comment.text):
        scope, words, reason = match.group(1) or "instruction", match.group(2), match.group(3)
        by = "comment"
    elif match := _HADOLINT.match(comment.text):
        scope = {None: "instruction", "global": "file", "stage": "stage"}[match.group(1)]
        words, reason, by = match.group(2), match.group(3) or "", "pragma"
    elif match := _BUILDKIT.match(comment.text):
        scope, words, reason, by = "file" if comment.directive else "instruction", match.group(1), "", "pragma"
    else:
        return None
    return Ignore(_words(words), scope, by, reason.strip() or None, comment.span, lines.covered(comment, scope))


def _words(text: str) -> tuple[str, ...]:
    found = islice(_WORD.finditer(text), MAX_WORDS)
    return tuple(dict.fromkeys(match[0] for match in found))


class _Lines:
    """Which lines a comment of a Dockerfile speaks for."""

    def __init__(self, dockerfile: Dockerfile) -> None:
        self._dockerfile = dockerfile
        self._last_lines = [instruction.span.end_line for instruction in dockerfile.instructions]

    def covered(self, comment: Comment, scope: str) -> tuple[int, int]:
        """First and last: of the instruction that the comment is in or above, of that one's stage, or of the file."""
        if scope == "file":
            return 1, len(self._dockerfile.source.line_starts)
        index = bisect_left(self._last_lines, comment.span.line)
        if index == len(self._last_lines):
            return 0, 0
        following = self._dockerfile.instructions[index]
        if scope == "instruction":
            return following.span.line, following.span.end_line
        if following.stage is None:
            return 0, 0
        span = self._dockerfile.stages[following.stage].span
        return span.line, span.end_line


def suppress(
    results: Sequence[Result], every: Sequence[Ignore], rules: Mapping[str, Rule]
) -> tuple[tuple[Result, ...], set[tuple[int, str]]]:
    """Mark what is hidden; also which (ignore's index, word) hid something."""
    used: set[tuple[int, str]] = set()
    marked = []
    reach = _Reach(every)
    for result in results:
        hit = None
        for index in reach.over(result):
            ignore = every[index]
            for word in ignore.words:
                if means(word, ignore, result.rule):
                    used.add((index, word))
                    hit = hit or ignore
        marked.append(replace(result, suppressed=Suppression(hit.by, hit.reason)) if hit else result)
    return tuple(marked), used


def means(word: str, ignore: Ignore, rule: Rule) -> bool:
    """Whether a word of an ignore means the rule: by our names, or by another linter's id in a pragma."""
    if ignore.by == "pragma":
        return word in rule.aliases or (word == "all" and any(not alias.startswith("DL") for alias in rule.aliases))
    return specificity(word, rule) > 0


class _Reach:
    """Ignores by the lines that they cover: instructions and stages do not overlap among themselves."""

    def __init__(self, every: Sequence[Ignore]) -> None:
        self._everywhere: list[int] = []
        self._by_lines: dict[str, dict[tuple[int, int], list[int]]] = {"instruction": {}, "stage": {}}
        for index, ignore in enumerate(every):
            if ignore.by == "label" or ignore.scope == "file":
                self._everywhere.append(index)
            else:
                self._by_lines[ignore.scope].setdefault(ignore.lines, []).append(index)
        self._lines = {scope: sorted(found) for scope, found in self._by_lines.items()}

    def over(self, result: Result) -> list[int]:
        """Indexes of those that speak for a finding, in file order."""
        found = list(self._everywhere)
        place = result.finding.place
        if not isinstance(place, TextPlace):
            return found
        for scope, lines in self._lines.items():
            at = bisect_left(lines, place.span.line, key=lambda both: both[1])
            while at < len(lines) and lines[at][0] <= place.span.end_line:
                found += self._by_lines[scope][lines[at]]
                at += 1
        return sorted(found)


def unused(
    subject: Subject,
    every: Sequence[Ignore],
    used: set[tuple[int, str]],
    ran: Sequence[Rule],
    rules: Mapping[str, Rule],
) -> Ignores:
    """The fact `Ignores`: of our own comments, each word that hid nothing although its rule ran, or that is no rule."""
    dockerfile = subject.loaded(Dockerfile)
    if dockerfile is None:
        return Ignores(tuple(every), ())
    found = _unused(dockerfile, every, used, ran, rules)
    return Ignores(tuple(every), tuple(islice(found, MAX_UNUSED)))


def _unused(
    dockerfile: Dockerfile,
    every: Sequence[Ignore],
    used: set[tuple[int, str]],
    ran: Sequence[Rule],
    rules: Mapping[str, Rule],
) -> Iterator[Unused]:

    @cache
    def named(word: str) -> bool:
        return any(specificity(word, rule) for rule in rules.values())

    @cache
    def has_run(word: str) -> bool:
        return any(specificity(word, rule) for rule in ran)

    for index, ignore in enumerate(every):
        if ignore.by != "comment" or ignore.span is None:
            continue
        idle = []
        for word in ignore.words:
            if not named(word):
                idle.append((word, "is no rule"))
            elif (index, word) not in used and has_run(word):
                idle.append((word, "hides nothing"))
        for word, why in idle:
            whole = len(idle) == len(ignore.words)
            yield Unused(
                ignore, word, why, _comment_line(dockerfile, ignore.span) if whole else _word(dockerfile, ignore, word)
            )


def _comment_line(dockerfile: Dockerfile, span: Span) -> Span:
    """The whole line of a comment, its end included."""
    if span.line < len(dockerfile.source.line_starts):
        return Span(span.line, 1, span.line + 1, 1)
    return Span(span.line, 1, span.line, len(dockerfile.line_text(span.line)) + 1)


def _word(dockerfile: Dockerfile, ignore: Ignore, word: str) -> Span:
    """A word inside the brackets, with the comma that parts it from its neighbour."""
    assert ignore.span is not None
    line = dockerfile.line_text(ignore.span.line)
    found = re.search(rf"(?:,\s*{re.escape(word)}(?=\s*[,\]]))|(?:(?<=\[)\s*{re.escape(word)}\s*,\s*)", line)
    start, end = found.span() if found else (ignore.span.column - 1, ignore.span.column - 1)
    return Span(ignore.span.line, start + 1, ignore.span.line, end + 1)
