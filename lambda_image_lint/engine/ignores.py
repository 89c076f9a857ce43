"""Ignores: what the author of a Dockerfile or an image has asked not to be told, as data."""

from msgspec import Struct

from lambda_image_lint.finding import Span


class Ignore(Struct, frozen=True):
    """One comment, pragma or label that hides findings."""

    words: tuple[str, ...]
    """As written: names, ids, prefixes or groups; of a pragma the foreign ids."""
    scope: str
    """``instruction``, ``stage`` or ``file``."""
    by: str
    """``comment``, ``pragma`` or ``label``."""
    reason: str | None
    span: Span | None
    """Of the comment; None for a label."""
    lines: tuple[int, int]
    """First and last line that it covers."""


class Unused(Struct, frozen=True):
    """A word of an ignore that hid nothing."""

    ignore: Ignore
    word: str
    why: str
    """``hides nothing`` or ``is no rule``."""
    edit_span: Span
    """What to delete: the word with its comma, or the whole comment line."""


class Ignores(Struct, frozen=True):
    """A fact for rules about ignores: loaded after all others have run."""

    every: tuple[Ignore, ...]
    unused: tuple[Unused, ...]
