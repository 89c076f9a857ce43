"""Unknown is a value: what cannot be told from the evidence at hand is said, never guessed."""

from typing import TYPE_CHECKING, TypeVar, Union

from msgspec import Struct

if TYPE_CHECKING:
    from lambda_image_lint.finding import Place

T = TypeVar("T")


class Unknown(Struct, frozen=True):
    """A question that the evidence cannot decide.

    Rules stay silent on it, or yield it, so that ``-v`` and the report's ``not_run`` can tell why nothing was said.
    """

    reason: str
    """Why, as a clause without a full stop: ``layers not read``, ``RUN make install may have written it``."""
    place: "Place | None" = None
    """What made it unknown, where one place did."""


class Absent(Struct, frozen=True):
    """A path that is certainly not there."""

    path: str


Answer = Union[T, Unknown]  # noqa: UP007 - a generic alias, which X | Y cannot be before Python 3.12
