"""Limits, each with its unit and source."""

from datetime import date
from functools import cache

from msgspec import Struct

from lambda_image_lint.knowledge.load import rows


class Limit(Struct, frozen=True):
    """A limit and where it is written."""

    id: str
    value: int | float | str
    unit: str
    what: str
    enforced: bool
    """False: recommended."""
    source: str
    read: date


@cache
def _limits() -> dict[str, Limit]:
    return {
        row["id"]: Limit(row["id"], row["value"], row["unit"], row["what"], row["enforced"], row["source"], row["read"])
        for row in rows("limits", "limit")
    }


def limit_row(id: str) -> Limit:
    """A limit with all that is known of it; KeyError for a name that no table has."""
    return _limits()[id]


def limit(id: str) -> int:
    """The value of a whole-numbered limit, in the unit that its name ends with."""
    value = limit_row(id).value
    if not isinstance(value, int):
        raise TypeError(f"limit {id} is {value!r}, no whole number: ask limit_row")
    return value
