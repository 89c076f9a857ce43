"""Literal paths that a Python source writes to. Imported only where there is Python."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.answer import Answer
from lambda_image_lint.function.model import File
from lambda_image_lint.function.walk import is_within, normal
from lambda_image_lint.rulekit.python_code import Called, calls

_WRITABLE = ("/tmp", "/dev", "/proc", "/mnt")
"""``/mnt``: where Lambda mounts EFS and S3 file systems. Source: docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html"""
_MAKERS = frozenset({"os.mkdir", "os.makedirs"})
_KEEPS = frozenset({"os.makedirs"})
"""What is content with a directory that is there, given ``exist_ok``."""
_HANDLERS = frozenset({"FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler"})
_METHODS = frozenset({"write_text", "write_bytes", "touch", "mkdir"})
_WORDS = (b"open", b"mkdir", b"makedirs", b"FileHandler", b"write_text", b"write_bytes", b"touch")
"""Without one of these, a source has none of those calls."""


class Write(Struct, frozen=True):
    """One call that writes."""

    path: str
    """As written."""
    how: str
    """The call: ``open``, ``os.makedirs``."""
    line: int
    at_import: bool


def literal_writes(file: File, working_dir: Answer[str]) -> Iterator[Write]:
    """Every call of the source, in no branch and no ``try``, that writes to a literal path which is read-only on Lambda."""
    for call in calls(file, *_WORDS):
        path = None if call.guarded else _written(call)
        if path is not None and _is_closed(path, working_dir):
            yield Write(path, call.dotted if "(" not in call.dotted else f"Path.{call.name}", call.line, call.at_import)


def _written(call: Called) -> str | None:
    """The path that a call writes to; None where it writes none that is literal."""
    path = call.texts[0] if call.texts else None
    if call.dotted in ("open", "io.open"):
        return path if call.mode and call.writes else None
    if call.dotted in _MAKERS:
        # With exist_ok it is content with a directory that the image may have.
        return None if call.dotted in _KEEPS and "exist_ok" in call.keywords else path
    if call.name in _HANDLERS:
        return path
    if call.name in _METHODS and call.dotted.startswith("()"):
        return None if "exist_ok" in call.keywords else path
    return None


def _is_closed(path: str, working_dir: Answer[str]) -> bool:
    """Whether it lies outside what can be written; a relative one starts at the working directory."""
    if (
        not path
        or "://" in path
        or path.startswith("~")
        or (not path.startswith("/") and not isinstance(working_dir, str))
    ):
        return False
    real = normal(path, working_dir if isinstance(working_dir, str) else "/")
    return not any(is_within(real, folder) for folder in _WRITABLE)
