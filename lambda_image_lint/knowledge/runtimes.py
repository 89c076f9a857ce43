"""Lambda's runtimes and when each of them ends."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from msgspec import Struct

from lambda_image_lint.knowledge.load import rows


class Runtime(Struct, frozen=True):
    """A runtime and its dates."""

    id: str
    """Lambda's identifier: ``python3.12``."""
    language: str
    os: str
    deprecated: date
    """From this day on without patches."""
    block_create: date | None
    """From this day on no zip function can be made with it; functions of images can."""
    block_update: date | None
    variant: bool
    """An older language on a newer system, of which only base images exist."""
    source: str

    def is_deprecated(self, on: date) -> bool:
        """Whether it has no patches any more on a day."""
        return self.deprecated <= on


@cache
def all_runtimes() -> Mapping[str, Runtime]:
    """Every runtime by its identifier."""
    return {
        row["id"]: Runtime(
            row["id"],
            row["language"],
            row["os"],
            row["deprecated"],
            row.get("block_create"),
            row.get("block_update"),
            row.get("variant", False),
            row["source"],
        )
        for row in rows("runtimes", "runtime")
    }


def runtime(id: str) -> Runtime | None:
    """The runtime of an identifier; None where no table knows it."""
    return all_runtimes().get(id)


def deprecated(on: date) -> tuple[Runtime, ...]:
    """The runtimes that are deprecated on a day, the oldest first."""
    return tuple(
        sorted((each for each in all_runtimes().values() if each.is_deprecated(on)), key=lambda each: each.deprecated)
    )


def newest(language: str) -> Runtime:
    """The runtime of a language to move to: supported longest, the later row of two that end together."""
    return max((each for each in reversed(runtimes_of(language)) if not each.variant), key=lambda each: each.deprecated)


def runtimes_of(language: str) -> tuple[Runtime, ...]:
    """The runtimes of a language, in the table's order."""
    return tuple(each for each in all_runtimes().values() if each.language == language)
