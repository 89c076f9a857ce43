"""Unknown is a value: what cannot be told from the evidence at hand is said, never guessed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, Union

if TYPE_CHECKING:
    from lambda_image_lint.finding import Place

T = TypeVar("T")


@dataclass(frozen=True)
class Unknown:
    """A question that the evidence cannot decide.

    Rules stay silent on it, or yield it, so that ``-v`` and the report's ``not_run`` can tell why nothing was said.
    """

    reason: str
    """Why, as a clause without a full stop: ``layers not read``, ``RUN make install may have written it``."""
    place: "Place | None" = None
    """What made it unknown, where one place did."""


@dataclass(frozen=True)
class Absent:
    """A path that is certainly not there."""

    path: str


Answer = Union[T, Unknown]  # noqa: UP007 - a generic alias, which X | Y cannot be before Python 3.12
