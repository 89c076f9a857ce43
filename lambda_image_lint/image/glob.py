"""Patterns on absolute paths: ``*`` and ``?`` stay within a name, ``[…]`` is a set, ``**`` crosses slashes."""

import re
from functools import lru_cache


@lru_cache(maxsize=512)
def compile_glob(pattern: str) -> re.Pattern[str]:
    """A pattern that matches whole paths. ``/a/**`` is everything below /a; ``/a/**/b`` also matches ``/a/b``."""
    return re.compile(translate(pattern), re.DOTALL)


def translate(pattern: str) -> str:
    """The regular expression of a pattern, anchored at the end."""
    out = []
    position = 0
    while position < len(pattern):
        if pattern.startswith("/**/", position):
            out.append("/(?:.*/)?")
            position += 4
        elif pattern.startswith("**", position):
            out.append(".*")
            position += 2
        elif pattern[position] == "[" and (end := pattern.find("]", position + 2)) > 0:
            members = pattern[position + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out.append("[" + ("^/" + members[1:] if members[0] in "!^" else members) + "]")
            position = end + 1
        else:
            out.append({"*": "[^/]*", "?": "[^/]"}.get(pattern[position]) or re.escape(pattern[position]))
            position += 1
    return "".join(out) + r"\Z"


def escape(path: str) -> str:
    """The pattern that matches one path only."""
    return re.sub(r"[*?\[]", lambda wild: f"[{wild[0]}]", path)


def literal_folder(pattern: str) -> str:
    """The deepest folder under which all matches lie: ``/var/task`` of ``/var/task/*/x``, ``/`` of ``/*``."""
    wild = min((pattern.find(character) for character in "*?[" if character in pattern), default=len(pattern))
    return pattern[:wild].rpartition("/")[0] or "/"
