"""Ignores found in a Dockerfile's comments and an image's label, and what they hide."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lambda_image_lint.dockerfile.model import Comment, Dockerfile
from lambda_image_lint.engine.facts import Subject
from lambda_image_lint.engine.ignores import Ignore, Ignores, Unused
from lambda_image_lint.engine.result import Result, Suppression
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.engine.selection import specificity
from lambda_image_lint.finding import Span, TextPlace
from lambda_image_lint.image.config import Config

LABEL = "io.github.lambda-image-lint.ignore"
"""An image's own ignores: words separated by commas, then perhaps a reason after a semicolon."""

_OWN = re.compile(r"#\s*lint-image:\s*(?:(stage|file)-)?ignore\[([^\]\n]*)\][ \t]*(.*)")
_HADOLINT = re.compile(r"#\s*hadolint\s+(?:(global|stage)\s+)?ignore\s*=\s*([\w,\s]*?)\s*(?:#\s*(.*))?$")
_BUILDKIT = re.compile(r"#\s*check\s*=\s*(?:[^;]*;)*\s*skip\s*=\s*([\w,\s]+)")


def ignores(subject: Subject) -> tuple[Ignore, ...]:
    """Every ignore of the subject, in file order."""
    dockerfile = subject.loaded(Dockerfile)
    if dockerfile is not None:
        return tuple(filter(None, (_of_comment(dockerfile, comment) for comment in dockerfile.comments)))
    config = subject.loaded(Config)
    label = config.labels.get(LABEL) if config is not None else None
    if not label:
        return ()
    words, _, reason = label.partition(";")
    return (Ignore(_words(words), "file", "label", reason.strip() or None, None, (0, 0)),)


def _of_comment(dockerfile: Dockerfile, comment: Comment) -> Ignore | None:
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
    return Ignore(_words(words), scope, by, reason.strip() or None, comment.span, _covers(dockerfile, comment, scope))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[,\s]+", text) if word)


def _covers(dockerfile: Dockerfile, comment: Comment, scope: str) -> tuple[int, int]:
    """First and last line that a comment speaks for: the instruction that it is in or above, or that one's stage."""
    if scope == "file":
        return 1, max(1, dockerfile.text.count("\n") + 1)
    line = comment.span.line
    following = next((i for i in dockerfile.instructions if i.span.end_line >= line), None)
    if following is None:
        return 0, 0
    if scope == "instruction":
        return following.span.line, following.span.end_line
    stage = next((s for s in dockerfile.stages if s.index == following.stage), None)
    return (stage.span.line, stage.span.end_line) if stage else (0, 0)


def suppress(
    results: Sequence[Result], every: Sequence[Ignore], rules: Mapping[str, Rule]
) -> tuple[tuple[Result, ...], set[tuple[int, str]]]:
    """Mark what is hidden; also which (ignore's index, word) hid something."""
    used: set[tuple[int, str]] = set()
    marked = []
    for result in results:
        hit = None
        for index, ignore in enumerate(every):
            if not _reaches(ignore, result):
                continue
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


def _reaches(ignore: Ignore, result: Result) -> bool:
    place = result.finding.place
    if ignore.by == "label" or ignore.scope == "file":
        return True
    if not isinstance(place, TextPlace):
        return False
    first, last = ignore.lines
    return place.span.line <= last and place.span.end_line >= first


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
    return Ignores(tuple(every), tuple(_unused(dockerfile, every, used, ran, rules)))


def _unused(
    dockerfile: Dockerfile,
    every: Sequence[Ignore],
    used: set[tuple[int, str]],
    ran: Sequence[Rule],
    rules: Mapping[str, Rule],
) -> Iterator[Unused]:
    for index, ignore in enumerate(every):
        if ignore.by != "comment" or ignore.span is None:
            continue
        idle = []
        for word in ignore.words:
            if not any(specificity(word, rule) for rule in rules.values()):
                idle.append((word, "is no rule"))
            elif (index, word) not in used and any(specificity(word, rule) for rule in ran):
                idle.append((word, "hides nothing"))
        for word, why in idle:
            whole = len(idle) == len(ignore.words)
            yield Unused(
                ignore, word, why, _comment_line(dockerfile, ignore.span) if whole else _word(dockerfile, ignore, word)
            )


def _comment_line(dockerfile: Dockerfile, span: Span) -> Span:
    """The whole line of a comment, its end included."""
    lines = dockerfile.text.split("\n")
    if span.line < len(lines):
        return Span(span.line, 1, span.line + 1, 1)
    return Span(span.line, 1, span.line, len(lines[span.line - 1]) + 1)


def _word(dockerfile: Dockerfile, ignore: Ignore, word: str) -> Span:
    """A word inside the brackets, with the comma that parts it from its neighbour."""
    assert ignore.span is not None
    line = dockerfile.text.split("\n")[ignore.span.line - 1]
    found = re.search(rf"(?:,\s*{re.escape(word)}(?=\s*[,\]]))|(?:(?<=\[)\s*{re.escape(word)}\s*,\s*)", line)
    start, end = found.span() if found else (ignore.span.column - 1, ignore.span.column - 1)
    return Span(ignore.span.line, start + 1, ignore.span.line, end + 1)
