"""Sample events: what the services send, small enough to read."""

from importlib.resources import files
from pathlib import Path

from lambda_image_lint.errors import UsageError

_FOLDER = files("lambda_image_lint.boot") / "events"

EMPTY = b"{}"
"""What a function is sent where nobody chose."""


def names() -> tuple[str, ...]:
    """The sample events' names, sorted."""
    stems = (entry.name.removesuffix(".json") for entry in _FOLDER.iterdir() if entry.name.endswith(".json"))
    return tuple(sorted(stems))


def load(word: str | None) -> bytes:
    """The event that a word names: a sample's name, else a file; without a word an empty object.

    Raises `UsageError` for a name that is no sample and no file, and for a file that holds no JSON: Lambda takes no
    other event.
    """
    if word is None:
        return EMPTY
    if word in names():
        return (_FOLDER / f"{word}.json").read_bytes()
    try:
        event = Path(word).read_bytes()
    except OSError as error:
        samples = ", ".join(names())
        raise UsageError(
            f"no event {word!r}: {error.strerror or error}", f"Name a file, or one of {samples}."
        ) from error
    import json

    try:
        json.loads(event)
    except ValueError as error:
        raise UsageError(f"event {word} is no JSON: {error}", "Lambda hands a function nothing but JSON.") from error
    return event
