"""Values of secret names, where they stand in text: assignments, options, settings, headers, logins."""

import re
from collections.abc import Iterator

from lambda_image_lint.secrets.names import named_kind, secrecy_of_name
from lambda_image_lint.secrets.pattern import compiled
from lambda_image_lint.secrets.shapes import Secret

# A name, as long as it goes, and what may stand between it and its value. The value is looked at only if the name counts.
_ASSIGNMENT = r"""(?x)
(?<![\w.-]) -*+ (?P<name>[A-Za-z_][\w.-]*+)
(?P<separator>
    =(?!=)
  | \\*["'] \s{0,2} [:=] \s{0,2}
  | [ \t]{1,3} =>? [ \t]{1,3}
  | (?P<prose> : [ \t]{1,8})
)"""
_OPTION = r"""(?<![\w-])--?(?P<name>[A-Za-z][\w-]*+)(?:["']\s{0,4},\s{0,4}|[ \t]{1,8})(?=[^\s-])"""
_SETTING = r"\b(?:config|configure)(?:[ \t]+set)?[ \t]+(?P<name>[\w./:@-]{1,256})[ \t]{1,8}(?=[^\s-])"
_ENV_WITHOUT_EQUALS = r"(?im)^[^\S\n]*(?:.{0,24}#\(nop\)[ \t]+)?ENV[ \t]+(?P<name>\w+)[ \t]+(?P<value>[^\s=].*)$"
_HEADER = r"""(?i)authorization\\*["']?\s{0,2}[:=]\s{0,2}\\*["']?(?:(?:bearer|basic|token)[ \t]{1,3})?"""
_BEARER = r"(?i)\bbearer[ \t]{1,3}(?=[\w.~+/-]*+\d)"
_LOGIN = r"""(?<=[ \t])(?:-u|--user)[ =]["']?[^\s:"']{1,128}+:"""
_PASSWORD_ARGUMENT = r"\b(?:sshpass[ \t]+-p[ \t]*|docker[ \t]+login\b[^\n]{0,200}?[ \t]-p[ \t]+|login[ \t]+\S{1,128}[ \t]+password[ \t]+)"
_OF_ONE_WORD = (
    (_HEADER, ("authorization",)),
    (_BEARER, ("bearer",)),
    (_LOGIN, ("curl", "wget", "http")),
    (_PASSWORD_ARGUMENT, ("sshpass", "login")),
)
"""Expressions, and words of which a text has one wherever they match: most texts have none, and compile nothing."""

_VALUE = r"""(?x)
    (?P<escaped>\\+["']) (?P<between>[^\n]*?) (?P=escaped)
  | (?: "(?:[^"\\\n]|\\[^\n])*+" | '[^'\n]*+' | \\[^\n] | [^\s"'`\\] )++
  | ["'] (?P<unclosed>\S*+)
"""
_PREVIEW = 256
"""Characters of a value that are looked at before its whole extent is: keeps hostile lines linear."""


def named_secrets(text: str, dockerfile: bool) -> Iterator[Secret]:
    """Every value that a name, an option or a header makes a secret; in order within each kind."""
    yield from _found_by(_ASSIGNMENT, text)
    yield from _found_by(_OPTION, text)
    folded = text.lower()
    if "config" in folded:
        yield from _found_by(_SETTING, text)
    for pattern, words in _OF_ONE_WORD:
        if any(word in folded for word in words):
            yield from _found_by(pattern, text, name="password")
    if dockerfile:
        for match in compiled(_ENV_WITHOUT_EQUALS).finditer(text):
            value = match["value"].rstrip("\\ \t\r")
            if named_kind(match["name"], value):
                yield Secret(match.start("value"), match.start("value") + len(value), f"value of {match['name']}")


def _found_by(pattern: str, text: str, name: str | None = None) -> Iterator[Secret]:
    """The values after each match; a match inside a value found before is part of that value."""
    done = 0
    for match in compiled(pattern).finditer(text):
        if match.start() < done or (pattern is _LOGIN and not _is_download(text, match.start())):
            continue
        secret = _value_at(text, match.end(), name or match["name"])
        if secret is None or (
            pattern is _ASSIGNMENT and match["prose"] and not _is_credible(text[secret.start : secret.end])
        ):
            continue
        done = secret.end
        yield secret


def _is_download(text: str, option: int) -> bool:
    # `curl --user name:password`, but `docker run --user 1000:1000`.
    return bool(compiled(r"\b(?:curl|wget|http)\b").search(text, max(0, option - _PREVIEW), option))


def _is_credible(value: str) -> bool:
    # After `password: ` stands a value in YAML, and a sentence in prose.
    return any(character.isdigit() for character in value) and not value.isdigit()


def _value_at(text: str, start: int, name: str) -> Secret | None:
    """The secret that stands at `start` for `name`, without its quotes."""
    if secrecy_of_name(name) is None:
        return None
    preview = text[start : start + _PREVIEW]
    kind = _judged(name, preview)
    if kind is None:
        return None
    whole = compiled(_VALUE).match(text, start) if len(preview) == _PREVIEW else compiled(_VALUE).match(preview)
    if whole is None:
        return None
    offset = 0 if len(preview) == _PREVIEW else start
    begin, end = _inner(whole)
    return Secret(begin + offset, end + offset, kind)


def _judged(name: str, preview: str) -> str | None:
    match = compiled(_VALUE).match(preview)
    if match is None:
        return None
    begin, end = _inner(match)
    return named_kind(name, preview[begin:end])


def _inner(match: re.Match[str]) -> tuple[int, int]:
    """The extent of a value without the quotes around it, or the punctuation after it."""
    for group in ("between", "unclosed"):
        if match[group] is not None:
            return match.span(group)
    begin = match.start()
    value = match[0].rstrip(",;)]}")
    if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0] and value[0] not in value[1:-1]:
        return begin + 1, begin + len(value) - 1
    return begin, begin + len(value)
