"""Choosing one of several images by the name that somebody gave it."""

from collections.abc import Sequence

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.reference import Reference

SHOWN_MAX = 8
"""Names that a message lists."""


def same_image(name: str, wanted: str) -> bool:
    """Whether an image called `name` is the `wanted` one: by its whole name, or by its tag alone.

    ``docker.io/library/app:1`` answers to ``app:1`` and to ``1``; podman's ``localhost/app:1`` too.
    """
    if name == wanted or name.endswith(f"/{wanted}"):
        return True
    if name.rpartition(":")[2] == wanted:
        return True
    try:
        return Reference.parse(name) == Reference.parse(wanted)
    except SourceError:  # a layout may call its images anything
        return False


def which_name(names: Sequence[str]) -> str:
    """The advice to name one of several images."""
    if not names:
        return "Its images have no names: copy the one that is meant into an archive or a layout of its own"
    more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return f"Name one of them after a colon; there are {', '.join(names[:SHOWN_MAX])}{more}"
