"""Verdicts as text, so that tests compare the whole of them."""

from msgspec.structs import fields

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.model import File


def said(verdict: object) -> str:
    """``Resolved file=/var/task/app.py symbol=handler line=1``: the fields that say something, in order."""
    if isinstance(verdict, Unknown):
        return f"Unknown: {verdict.reason}"
    if verdict is None:
        return "None"
    pairs = ((each.name, getattr(verdict, each.name)) for each in fields(verdict))  # type: ignore[arg-type]
    shown = [f"{name}={_value(value)}" for name, value in pairs if value not in (None, (), "") and name != "handler"]
    return " ".join([type(verdict).__name__, *shown])


def _value(value: object) -> str:
    if isinstance(value, File):
        return value.path
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, Unknown):
        return f"({value.reason})"
    return str(value)
