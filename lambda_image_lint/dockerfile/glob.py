"""The patterns of COPY and of .dockerignore, matched in time proportional to pattern × path.

COPY takes Go's ``filepath.Match``: ``*`` and ``?`` stay within a name, ``[a-z]`` and ``[^a-z]`` are classes, a backslash
quotes. .dockerignore adds ``**``, which crosses slashes. Sources, read 2026-11-23:
https://docs.docker.com/build/concepts/context/, https://pkg.go.dev/path/filepath#Match.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

_FEW_STARS = 3
"""With more, a backtracking regular expression can take time that grows with that power of the path's length."""

_ONE, _STAR, _DEEP, _ALL = "[^/]", "[^/]*", "(?:.*/)?", ".*"
_STARS = {_STAR: _ONE, _DEEP: ".", _ALL: "."}
"""What a repeated token takes at each step."""


_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CLASSES = {"d": "[0-9]", "D": "[^0-9]", "s": "[\\t\\n\\f\\r ]", "S": "[^\\t\\n\\f\\r ]", "w": "[0-9A-Za-z_]",
            "W": "[^0-9A-Za-z_]"}  # fmt: skip
_OTHER_ESCAPES = frozenset("ABbCEPpQxz")
"""Escapes of Go's regular expressions that are taken for the letter here: nobody writes them. Source: https://pkg.go.dev/regexp/syntax."""
_SPECIAL = frozenset("*?[]\\")


class BadPattern(ValueError):  # noqa: N818 - the words of Go, and of Docker's message
    """A pattern that Docker refuses: an unclosed class, a lone backslash at the end."""


class Glob:
    """A compiled pattern; matches a whole path."""

    def __init__(self, pattern: str, *, deep: bool) -> None:
        self.pattern = pattern
        self._tokens = tuple(_tokens(pattern, deep))
        stars = sum(token in _STARS for token in self._tokens)
        self._regex = re.compile("".join(self._tokens), re.DOTALL) if stars <= _FEW_STARS else None
        self._steps = () if self._regex else tuple(re.compile(_STARS.get(one, one), re.DOTALL) for one in self._tokens)

    def matches(self, path: str) -> bool:
        """Whether it matches all of `path`."""
        return self._regex.fullmatch(path) is not None if self._regex else self._walk(path)

    def _walk(self, path: str) -> bool:
        """All ways at once. A state is the token that comes next, and whether it took something already."""
        states = self._reachable({(0, False)})
        for character in path:
            following = set()
            for index, _ in states:
                if index == len(self._tokens) or not self._steps[index].fullmatch(character):
                    continue
                token = self._tokens[index]
                if token not in _STARS or (token == _DEEP and character == "/"):
                    following.add((index + 1, False))
                if token in _STARS:
                    following.add((index, True))
            states = self._reachable(following)
        return (len(self._tokens), False) in states

    def _reachable(self, states: set[tuple[int, bool]]) -> set[tuple[int, bool]]:
        """With the states that need no further character: a star may end, ``**/`` only before it took anything."""
        result: set[tuple[int, bool]] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state in result:
                continue
            result.add(state)
            index, started = state
            token = self._tokens[index] if index < len(self._tokens) else ""
            if token in (_STAR, _ALL) or (token == _DEEP and not started):
                waiting.append((index + 1, False))
        return result


@lru_cache(maxsize=4096)
def compile_glob(pattern: str, *, deep: bool) -> Glob:
    """A `Glob`, made once for each pattern; raises `BadPattern`."""
    return Glob(pattern, deep=deep)


def has_wildcard(pattern: str) -> bool:
    """Whether COPY reads it as a pattern."""
    return any(character in pattern for character in "*?[\\")


def _tokens(pattern: str, deep: bool) -> Iterator[str]:
    """The pattern as regular expressions of one character each, and the repeated ones above."""
    ending = pattern.removeprefix("**")
    if deep and len(ending) == len(pattern) - 2 and ending[:1] not in ("", "/") and not set(ending) & _SPECIAL:
        # ``**.pyc`` is the end of any path, where further wildcards in it would make the stars cross whole folders only.
        yield _ALL
        yield from map(re.escape, ending)
        return
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            if deep and pattern.startswith("*", position):
                position += 1
                if pattern.startswith("/", position):
                    position += 1
                yield _DEEP if position < len(pattern) else _ALL
            else:
                yield _STAR
        elif character == "?":
            yield _ONE
        elif character == "[":
            position, token = _class(pattern, position)
            yield token
        elif character == "\\":
            if position == len(pattern):
                raise BadPattern("a backslash at the end quotes nothing")
            yield _quoted(pattern[position]) if deep else re.escape(pattern[position])
            position += 1
        else:
            yield re.escape(character)


def _quoted(character: str) -> str:
    """What a backslash makes of a character in .dockerignore, where Docker hands it on to Go's regular expressions."""
    if character in _CONTROLS:
        return re.escape(_CONTROLS[character])
    if character in _CLASSES:
        return _CLASSES[character]
    if character.isascii() and character.isalnum() and character not in _OTHER_ESCAPES:
        raise BadPattern(f"\\{character} means nothing in a pattern")
    return re.escape(character)


def _class(pattern: str, position: int) -> tuple[int, str]:
    """A character class that opens before `position`: where it ends, and as a regular expression."""
    negated = pattern.startswith("^", position)
    position += negated
    parts: list[str] = []
    while not pattern.startswith("]", position) or not parts:
        position, low = _class_character(pattern, position)
        high = low
        if pattern.startswith("-", position):
            position, high = _class_character(pattern, position + 1)
        if low <= high:
            parts.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            parts.append("")
    ranges = "".join(parts)
    if not ranges:
        return position + 1, _ONE if negated else "(?!)"
    return position + 1, f"(?!/)[{'^' if negated else ''}{ranges}]"


def _class_character(pattern: str, position: int) -> tuple[int, str]:
    if pattern.startswith("\\", position):
        position += 1
    elif pattern[position : position + 1] in ("-", "]"):
        raise BadPattern("a character class needs a character before - and ]")
    if position >= len(pattern):
        raise BadPattern("a character class has no end")
    return position + 1, pattern[position]
