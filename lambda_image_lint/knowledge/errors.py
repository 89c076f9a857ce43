"""From a message that Lambda printed to the rules behind it."""

from functools import cache

from msgspec import Struct

from lambda_image_lint.knowledge.load import rows
from lambda_image_lint.patterns import lazy

_PARTS_MAX = 5
"""Known messages that one text may be a part of: as many as a reader looks through."""
_GAP = lazy(r"\s*(?:…|\.\.\.|<[^<>]*>)\s*")


class KnownError(Struct, frozen=True):
    """A message, and what it means."""

    text: str
    """Its fixed pieces, ``…`` for what lies between."""
    rules: tuple[str, ...]
    """By name, the likeliest first."""
    look: str
    """What to look at first."""
    source: str


@cache
def known_errors() -> tuple[KnownError, ...]:
    """Every message of the table."""
    return tuple(
        KnownError(row["text"], tuple(row["rules"]), row["look"], row["source"]) for row in rows("errors", "error")
    )


def explain_error(text: str) -> tuple[KnownError, ...]:
    """The known messages that a text holds, or that it is a part of; the longest first, since it says most.

    A word that stands in many of them, as ``Error`` does, tells none apart and leads to none.
    """
    held = [known for known in known_errors() if _holds(text, known.text)]
    parts = [known for known in known_errors() if known not in held and _holds(known.text, text)]
    found = held + (parts if len(parts) <= _PARTS_MAX else [])
    return tuple(sorted(found, key=lambda known: -len(known.text)))


def _holds(text: str, pattern: str) -> bool:
    """Whether the pieces of `pattern` stand in `text`, in their order, whatever the case."""
    pieces = [piece for piece in _GAP.split(_plain(pattern)) if piece]
    rest = _plain(text)
    # A word of three letters stands in everything.
    if sum(map(len, pieces)) < 5:
        return False
    for piece in pieces:
        _, found, rest = rest.partition(piece)
        if not found:
            return False
    return True


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("`", "'").replace("’", "'").split())
