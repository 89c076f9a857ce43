"""The tables on disk, each read at most once and only when asked for."""

from functools import cache
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The table ``NAME.toml`` beside this file, as TOML gives it."""
    from pathlib import Path

    from lambda_image_lint.toml import parse

    return parse(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))


def rows(name: str, array: str) -> list[dict[str, Any]]:
    """The rows of one array of a table, each with ``source`` and ``read``: its own, else the table's."""
    whole = table(name)
    return [{"source": whole["source"], "read": whole["read"], **row} for row in whole[array]]
