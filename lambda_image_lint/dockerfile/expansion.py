"""Docker's own expansion of variables: ``$X``, ``${X:-y}``, quotes and escapes.

A template is read once into parts; the same parts serve expanding, listing the variables, and telling what is wrong.
Source: https://docs.docker.com/reference/dockerfile/#environment-replacement, read 2026-11-23.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.patterns import lazy

Lookup = Callable[[str], Answer[str | None]]
"""The value of a variable; None: it is not set."""

_NAME = lazy(r"[^\W\d]\w*|\d+|[@*#?$!-]")
"""Letters are those of all scripts: Docker asks Unicode."""
_MODIFIER = lazy(r":[-+?]|[-+?]|##?|%%?|//?")
_MAX_DEPTH = 50
"""Defaults inside defaults; a person writes two."""
_MAX_PUT_IN = 50_000
"""Code points that variables bring to one text; own: a hundred lines that each double one would fill the memory."""
_MAX_VALUE = 4096
_MAX_STARS = 3
"""Bounds on what is matched against a pattern: beyond them a match may take long, so the value is not known."""


class Reference(Struct, frozen=True):
    """A variable in a template."""

    name: str
    modifier: str
    """``""``, ``:-``, ``-``, ``:+``, ``+``, ``:?``, ``?``, ``#``, ``##``, ``%``, ``%%``, ``/`` or ``//``."""
    word: "Template | None"
    """Behind the modifier; of ``/`` the pattern."""
    replacement: "Template | None"
    """Of ``/`` and ``//``."""
    start: int
    """Position of the ``$`` in the outermost template."""
    end: int
    quoted: bool
    """Between double quotes."""


class Template(Struct, frozen=True):
    """A text with variables, taken apart."""

    parts: tuple[str | Reference, ...]
    text: str = ""
    """As written; empty for one inside another."""
    fault: str = ""
    """What Docker refuses it for."""

    def references(self) -> Iterator[Reference]:
        """Every variable, those inside defaults included, in order."""
        for part in self.parts:
            if isinstance(part, Reference):
                yield part
                for inner in (part.word, part.replacement):
                    if inner is not None:
                        yield from inner.references()


@lru_cache(maxsize=256)
def read_template(text: str, escape: str = "\\", *, quotes: bool = True) -> Template:
    """Take a template apart. `quotes=False`: a heredoc's body, where quotes are characters like any other."""
    reader = _TemplateReader(text, escape, quotes)
    try:
        parts = reader.read("", 0)
    except _Fault as fault:
        return Template((*reader.finished, text[reader.resume :]), text, str(fault))
    return Template(tuple(parts), text)


def expand(template: str, lookup: Lookup, escape: str = "\\", *, quotes: bool = True) -> Answer[str]:
    """A template with values put in, quotes and escapes removed. An unset variable is empty, as Docker has it."""
    read = read_template(template, escape, quotes=quotes)
    return Unknown(read.fault) if read.fault else _evaluate(read, lookup)


def _evaluate(template: Template, lookup: Lookup) -> Answer[str]:
    texts = []
    put_in = 0
    for part in template.parts:
        text = part if isinstance(part, str) else _value(part, lookup)
        if isinstance(text, Unknown):
            return text
        put_in += 0 if isinstance(part, str) else len(text)
        if put_in > _MAX_PUT_IN:
            return Unknown(f"its variables hold more than {_MAX_PUT_IN:,} characters")
        texts.append(text)
    return "".join(texts)


def _value(reference: Reference, lookup: Lookup) -> Answer[str]:
    value = lookup(reference.name)
    if isinstance(value, Unknown):
        return value
    kind = reference.modifier.lstrip(":")
    if reference.word is None:
        return value or ""
    if kind in "-+?":
        given = bool(value) if reference.modifier.startswith(":") else value is not None
        if kind == "+":
            return _evaluate(reference.word, lookup) if given else ""
        if given:
            return value or ""
        if kind == "?":
            return Unknown(f"{reference.name} is not set, and the build stops there")
        return _evaluate(reference.word, lookup)
    pattern = _evaluate(reference.word, lookup)
    replacement = _evaluate(reference.replacement, lookup) if reference.replacement else ""
    if isinstance(pattern, Unknown):
        return pattern
    if isinstance(replacement, Unknown):
        return replacement
    return _replace(value or "", kind, pattern, replacement)


def _replace(value: str, kind: str, pattern: str, replacement: str) -> Answer[str]:
    if len(value) > _MAX_VALUE or pattern.count("*") > _MAX_STARS:
        return Unknown("the pattern is too costly to match")
    if kind in ("%", "%%"):
        # The shortest tail is the one that begins last.
        starts = range(len(value), -1, -1) if kind == "%" else range(len(value) + 1)
        tail = re.compile(_pattern(pattern, greedy=True), re.DOTALL)
        cut = next((start for start in starts if tail.fullmatch(value, start)), len(value))
        return value[:cut]
    regex = re.compile(_pattern(pattern, greedy=kind != "#"), re.DOTALL)
    if kind in ("#", "##"):
        match = regex.match(value)
        return value[match.end() :] if match else value
    return regex.sub(lambda _: replacement, value, count=0 if kind == "//" else 1)


def _pattern(pattern: str, *, greedy: bool) -> str:
    """A shell pattern as a regular expression."""
    star = ".*" if greedy else ".*?"
    tokens = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join({"*": star, "?": "."}.get(one) or re.escape(one[-1]) for one in tokens)


class _Fault(Exception):  # noqa: N818 - the template's fault, not ours
    """A template that Docker refuses; never leaves this module."""


class _TemplateReader:
    """One pass over the text, inner words by recursion."""

    def __init__(self, text: str, escape: str, quotes: bool) -> None:
        self._text = text
        self._escape = escape
        self._quotes = quotes
        self._at = 0
        self.finished: list[str | Reference] = []
        """What was read at the outermost level before a fault."""
        self.resume = 0
        """Where that ended."""

    def read(self, stops: str, depth: int) -> list[str | Reference]:
        """Parts up to one of the characters `stops`, which is left unread."""
        if depth > _MAX_DEPTH:
            raise _Fault("variables are nested too deeply")
        parts: list[str | Reference] = [] if depth else self.finished
        text, size = self._text, len(self._text)
        while self._at < size and text[self._at] not in stops:
            character = text[self._at]
            if character == "$":
                parts.append(self._dollar(depth, quoted=False))
            elif character == "'" and self._quotes:
                parts.append(self._single())
            elif character == '"' and self._quotes:
                self._double(parts, depth)
            elif character == self._escape:
                # At the end of a text it stands for nothing.
                parts.append(text[self._at + 1 : self._at + 2])
                self._at = min(self._at + 2, size)
            else:
                parts.append(self._plain(stops))
            if not depth:
                self.resume = self._at
        if stops and self._at >= size:
            raise _Fault("a variable's closing brace is missing")
        return parts

    def _plain(self, stops: str) -> str:
        special = "$" + self._escape + stops + ("'\"" if self._quotes else "")
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in special:
            self._at += 1
        return self._text[start : self._at]

    def _single(self) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            raise _Fault("a single quote has no end")
        content = self._text[self._at + 1 : end]
        self._at = end + 1
        return content

    def _double(self, parts: list[str | Reference], depth: int) -> None:
        text = self._text
        self._at += 1
        while True:
            character = text[self._at : self._at + 1]
            if not character:
                raise _Fault("a double quote has no end")
            if character == '"':
                self._at += 1
                return
            if character == "$":
                parts.append(self._dollar(depth, quoted=True))
            elif character == self._escape and text[self._at + 1 : self._at + 2] in ('"', "$", self._escape):
                parts.append(text[self._at + 1])
                self._at += 2
            else:
                parts.append(character)
                self._at += 1

    def _dollar(self, depth: int, *, quoted: bool) -> str | Reference:
        start = self._at
        braced = self._text.startswith("{", start + 1)
        match = _NAME.match(self._text, start + 1 + braced)
        if not match:
            if braced:
                raise _Fault("a brace behind $ holds no name")
            self._at += 1
            return "$"
        self._at = match.end()
        if not braced:
            return Reference(match[0], "", None, None, start, self._at, quoted)
        modifier, word, replacement = "", None, None
        if not self._text.startswith("}", self._at):
            modifier, word, replacement = self._modifier(depth)
        if not self._text.startswith("}", self._at):
            raise _Fault("a variable's closing brace is missing")
        self._at += 1
        return Reference(match[0], modifier, word, replacement, start, self._at, quoted)

    def _modifier(self, depth: int) -> tuple[str, Template, Template | None]:
        match = _MODIFIER.match(self._text, self._at)
        if not match:
            raise _Fault(f"{self._text[self._at : self._at + 1] or 'the end'} behind a variable's name is no modifier")
        self._at = match.end()
        if "/" not in match[0]:
            return match[0], Template(tuple(self.read("}", depth + 1))), None
        pattern = Template(tuple(self.read("/}", depth + 1)))
        if not self._text.startswith("/", self._at):
            raise _Fault("what is put in place of a pattern has no slash before it")
        self._at += 1
        return match[0], pattern, Template(tuple(self.read("}", depth + 1)))


def unquoted(text: str, escape: str) -> str:
    """A word as Docker hands it on: quotes and escapes removed, variables left as they stand."""
    if escape not in text and '"' not in text and "'" not in text:
        return text
    result: list[str] = []
    quote, position = "", 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == escape and quote != "'" and position < len(text):
            following = text[position]
            position += 1
            result.append(following if not quote or following in ('"', "$", escape) else escape + following)
        elif quote:
            quote, kept = ("", "") if character == quote else (quote, character)
            result.append(kept)
        elif character in "'\"":
            quote = character
        else:
            result.append(character)
    return "".join(result)
