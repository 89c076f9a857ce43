"""What Docker refuses in an instruction, and sentences that stand where an instruction should.

Kinds: ``unknown-instruction``, ``missing-from``, ``empty``, ``argument-count``, ``invalid-pair``, ``json-not-strings``,
``json-required``, ``unknown-flag``, ``flag-value``, ``duplicate-flag``, ``invalid-healthcheck``, ``invalid-onbuild``,
``invalid-substitution``, ``heredoc-destination``; and from reading lines and stages ``unterminated-heredoc``, ``duplicate-directive``,
``invalid-directive``, ``line-too-long``, ``invalid-stage-name``, ``unknown-target``, ``too-many-instructions`` (for us; Docker has no such
limit). Source: the Dockerfile reference, https://docs.docker.com/reference/dockerfile/, read 2026-11-23; own: each was
handed to Docker's parser.
"""

from collections.abc import Iterator, Mapping

from lambda_image_lint.dockerfile.logical import heredoc_words
from lambda_image_lint.dockerfile.model import KEYWORDS, Dockerfile, Form, Instruction, Problem, Word
from lambda_image_lint.dockerfile.prose import looks_like_comment
from lambda_image_lint.dockerfile.variables import templates
from lambda_image_lint.finding import Span
from lambda_image_lint.patterns import lazy

_SWITCHES = frozenset(["link", "parents", "keep-git-dir", "unpack"])
"""Flags that may stand without a value."""
_REPEATABLE = frozenset(["mount", "exclude", "device"])
_VALUES: Mapping[str, frozenset[str]] = {
    "network": frozenset(["default", "none", "host"]),
    "security": frozenset(["sandbox", "insecure"]),
}
"""Flags whose value is one of a few words. Variables are not put in there."""
_DURATIONS = frozenset(["interval", "timeout", "start-period", "start-interval"])
_DURATION = lazy(r"\+?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
"""Source: https://pkg.go.dev/time#ParseDuration, without a minus, which Docker refuses."""
_COUNT = lazy(r"[0-9]+")

_FLAGS: Mapping[str, frozenset[str]] = {
    "FROM": frozenset(["platform"]),
    "COPY": frozenset(["from", "chown", "chmod", "link", "parents", "exclude"]),
    "ADD": frozenset(["chown", "chmod", "link", "keep-git-dir", "checksum", "exclude", "unpack"]),
    "RUN": frozenset(["mount", "network", "security", "device"]),
    "HEALTHCHECK": frozenset(["interval", "timeout", "start-period", "start-interval", "retries"]),
}

_LEAST = {"ADD": 2, "COPY": 2, "EXPOSE": 1, "VOLUME": 1, "USER": 1, "WORKDIR": 1, "STOPSIGNAL": 1, "MAINTAINER": 1}
_COUNTS = ("no argument", "one argument", "two arguments")
_MAX_SUGGESTED = 40
"""A longer first word is no misspelt keyword."""


def find_problems(dockerfile: Dockerfile) -> Iterator[Problem]:
    """What is wrong with the instructions, in file order; what reading lines and stages found is not repeated."""
    started = False
    for instruction in dockerfile.instructions:
        if not instruction.known:
            yield _unknown(instruction)
            continue
        if not started and instruction.keyword not in ("ARG", "FROM"):
            message = f"{instruction.keyword} stands before the first FROM, where only ARG can"
            yield _problem("missing-from", instruction.keyword_span, message, instruction, "Begin with FROM")
            started = True  # once is enough
        started = started or instruction.keyword == "FROM"
        yield from _check(instruction)
    if not dockerfile.instructions:
        line = dockerfile.line_text(1)
        yield Problem("empty", Span(1, 1, 1, len(line) + 1), "The file has no instruction")


def _problem(kind: str, span: Span, message: str, instruction: Instruction, hint: str = "") -> Problem:
    return Problem(kind, span, message, hint, instruction.index)


def _unknown(instruction: Instruction) -> Problem:
    first = instruction.line.text[slice(*instruction.keyword_bounds)]
    text = instruction.line.text[instruction.keyword_bounds[0] : instruction.end]
    if instruction.prose:
        message = f"Docker reads the sentence “{_shortened(text)}” as {instruction.keyword}"
        hint = "Put a # before it: it is a comment"
        return Problem("unknown-instruction", instruction.span, message, hint, instruction.index, lost_comment=True)
    message = f"{_shortened(first)} is no instruction"
    suggestion = _closest(instruction.keyword)
    # Capitals are how a keyword is written: FORM is a slip for FROM, “Form the layers” is a sentence.
    lost_comment = looks_like_comment(text) and not (suggestion and first.isupper())
    if lost_comment:
        hint = "It reads like a comment: put a # before it"
    elif suggestion:
        hint = f"Did you mean {suggestion}?"
    else:
        hint = "If it continues the line above, that line must end in the escape character"
    return Problem("unknown-instruction", instruction.span, message, hint, instruction.index, lost_comment)


def _shortened(text: str) -> str:
    printable = "".join(character if character.isprintable() else "�" for character in text[:61])
    return printable if len(text) <= 60 else printable[:60] + "…"


def _closest(keyword: str) -> str | None:
    from difflib import get_close_matches

    if len(keyword) > _MAX_SUGGESTED:
        return None
    return next(iter(get_close_matches(keyword, sorted(KEYWORDS), 1, 0.7)), None)


def _check(instruction: Instruction) -> Iterator[Problem]:
    if instruction.oversized:
        return
    yield from _check_flags(instruction)
    yield from _check_arguments(instruction)
    yield from _check_substitutions(instruction)
    if instruction.inner is not None:
        yield from _check_inner(instruction, instruction.inner)


def _check_flags(instruction: Instruction) -> Iterator[Problem]:
    known = _FLAGS.get(instruction.keyword, frozenset())
    seen: set[str] = set()
    for flag in instruction.flags:
        if flag.name not in known:
            hint = f"It knows {', '.join(f'--{name}' for name in sorted(known))}" if known else "It takes no flags"
            yield _problem(
                "unknown-flag", flag.span, f"{instruction.keyword} has no flag --{flag.name}", instruction, hint
            )
        elif flag.value is None and flag.name not in _SWITCHES:
            message = f"The flag --{flag.name} has no value"
            yield _problem("flag-value", flag.span, message, instruction, f"Write --{flag.name}=VALUE")
        elif flag.name in _SWITCHES and flag.value not in (None, "true", "false"):
            message = f"The flag --{flag.name} is true or false, not {flag.value}"
            yield _problem("flag-value", flag.span, message, instruction)
        elif flag.value and (fault := _fault_of_value(flag.name, flag.value)):
            yield _problem("flag-value", flag.span, f"The flag --{flag.name} {fault}, not {flag.value}", instruction)
        elif flag.name in seen and flag.name not in _REPEATABLE:
            yield _problem("duplicate-flag", flag.span, f"The flag --{flag.name} stands twice", instruction)
        seen.add(flag.name)


def _fault_of_value(name: str, value: str) -> str | None:
    """What a flag's value should be, where it is not; none of these flags takes variables."""
    if name in _VALUES and value not in _VALUES[name]:
        return f"is one of {', '.join(sorted(_VALUES[name]))}"
    if name in _DURATIONS and not _DURATION.fullmatch(value):
        return "is a length of time such as 30s or 1m30s"
    if name == "retries" and not _COUNT.fullmatch(value):
        return "is a number"
    return None


def _check_arguments(instruction: Instruction) -> Iterator[Problem]:
    keyword, words = instruction.keyword, instruction.words
    if instruction.arguments.json_fault:
        hint = "Put each of its words between double quotes"
        yield _problem("json-not-strings", instruction.value_span, instruction.arguments.json_fault, instruction, hint)
    elif keyword == "FROM":
        yield from _check_from(instruction, words)
    elif keyword in ("ENV", "LABEL", "ARG"):
        yield from _check_pairs(instruction)
    elif keyword == "SHELL" and (instruction.form is not Form.EXEC or not words):
        message = "SHELL takes a JSON array of strings"
        yield _problem("json-required", instruction.span, message, instruction, 'Write SHELL ["/bin/bash", "-c"]')
    elif keyword == "HEALTHCHECK":
        yield from _check_healthcheck(instruction, words)
    elif keyword == "ONBUILD" and not words:
        yield _problem("argument-count", instruction.span, "ONBUILD takes an instruction", instruction)
    elif len(words) < _LEAST.get(keyword, 0):
        least = _LEAST[keyword]
        message = (
            f"{keyword} takes {'at least ' if keyword in _MORE else ''}{_COUNTS[least]}, not {_COUNTS[len(words)]}"
        )
        yield _problem("argument-count", instruction.span, message, instruction)
    elif keyword in ("ADD", "COPY") and instruction.heredocs and _is_heredoc(words[-1], instruction):
        message = f"The last word of {keyword} is where files go, and that is no heredoc"
        yield _problem("heredoc-destination", words[-1].span, message, instruction, "Write the heredoc before it")


def _is_heredoc(word: Word, instruction: Instruction) -> bool:
    return any(True for _ in heredoc_words(word.template, instruction.escape))


_MORE = frozenset(["ADD", "COPY", "EXPOSE", "VOLUME"])


def _check_from(instruction: Instruction, words: tuple[Word, ...]) -> Iterator[Problem]:
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].text.upper() != "AS"):
        message = "FROM takes an image, or an image, AS and a name"
        yield _problem("argument-count", instruction.span, message, instruction)


def _check_pairs(instruction: Instruction) -> Iterator[Problem]:
    keyword = instruction.keyword
    if not instruction.pairs:
        yield _problem("argument-count", instruction.span, f"{keyword} names nothing", instruction)
    for pair in instruction.pairs:
        if not pair.name:
            yield _problem("invalid-pair", pair.span, f"{keyword} has a value without a name", instruction)
        elif pair.value is None and keyword != "ARG":
            hint = f"Write {pair.name}=VALUE; a value with blanks needs quotes"
            yield _problem("invalid-pair", pair.span, f"{keyword} {pair.name} has no value", instruction, hint)


def _check_healthcheck(instruction: Instruction, words: tuple[Word, ...]) -> Iterator[Problem]:
    kind = words[0].text.upper() if words else ""
    if kind == "CMD" and instruction.inner is not None and instruction.inner.words:
        return
    if kind == "NONE" and len(words) == 1:
        return
    if kind != "CMD" or instruction.inner is None or not instruction.inner.arguments.json_fault:
        message = "HEALTHCHECK takes NONE, or CMD and a command"
        yield _problem("invalid-healthcheck", instruction.span, message, instruction)


def _check_inner(outer: Instruction, inner: Instruction) -> Iterator[Problem]:
    if outer.keyword == "HEALTHCHECK":
        if inner.arguments.json_fault:
            yield _problem("json-not-strings", inner.value_span, inner.arguments.json_fault, outer)
    elif inner.keyword in ("ONBUILD", "FROM", "MAINTAINER"):
        message = f"ONBUILD cannot hold {inner.keyword}"
        yield _problem("invalid-onbuild", inner.keyword_span, message, outer)
    elif inner.keyword not in KEYWORDS:
        yield _unknown(inner)
    else:
        yield from _check(inner)


def _check_substitutions(instruction: Instruction) -> Iterator[Problem]:
    for template, text, start, whole in templates(instruction):
        if template.fault:
            span = whole or text.span(start, min(start + len(template.text), len(text.text)))
            message = f"Docker cannot put in variables: {template.fault}"
            yield _problem("invalid-substitution", span, message, instruction)
