"""What is damaged about an image: said, never raised, so that the rest of it is still read."""

from enum import StrEnum

from msgspec import Struct


class Damage(StrEnum):
    """What kind of thing does not hold."""

    DIGEST = "digest"
    """A blob's SHA-256 is not the one that names it."""
    SIZE = "size"
    """A blob is longer or shorter than its descriptor says."""
    DIFF_ID = "diff-id"
    """A layer's tar stream is not the one that the config names."""
    COUNT = "count"
    """Manifest, config and history disagree on how many layers there are."""
    MISSING = "missing"
    """A blob that the manifest names is not there."""
    STREAM = "stream"
    """A layer's compressed stream or tar ends early or is malformed."""
    DOCUMENT = "document"
    """A key of the manifest or the config is missing or has a wrong type."""
    LIMIT = "limit"
    """Reading was given up at one of the reader's own limits."""


class Problem(Struct, frozen=True):
    """One fault of the image itself."""

    damage: Damage
    detail: str
    """The fault with its values, present tense, no full stop; holds text of the image, so escape it for a terminal."""
    layer: int | None = None
    """Index of the layer, from 0, base first; None where no single layer is at fault."""
    key: str | None = None
    """Dotted key, rooted at ``config`` or ``manifest``, of a faulty document."""


class PartMissing(Exception):  # noqa: N818 - says what is the case
    """A part of the image cannot be given because the image itself is damaged; its other parts can.

    No failure of the job: the damage is among the problems, and rules on this part did not run.
    """

    def __init__(self, reason: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, as a clause without a full stop."""
        self.problems = problems
