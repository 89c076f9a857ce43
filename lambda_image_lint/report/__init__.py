"""Formats: one module each, imported when it is used.

A module ``report/FORMAT.py`` has ``write(report, out, style)``. Every format shows every finding that counts and every
error; what input text it shows is masked (`mask`) and escaped for the format.
"""

from importlib import import_module
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

if TYPE_CHECKING:
    from lambda_image_lint.engine.result import Report

FORMATS: tuple[str, ...] = (
    "human",
    "concise",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "checkstyle",
    "rdjson",
    "markdown",
    "html",
)


class Style(Struct, frozen=True):
    """How a report for people looks; formats for programs pay no heed to it."""

    color: bool = False
    width: int = 0
    """Columns of the terminal; 0 where there is none, and lines are as long as they are."""
    hyperlinks: bool = False
    verbose: bool = False
    """Also what is suppressed, and what could not be decided, with reasons."""
    quiet: bool = False
    """Findings and errors only."""
    statistics: bool = False
    """Also how often each rule spoke."""


def write(report: "Report", format: str, out: TextIO, style: Style) -> None:
    """Write a report in one of `FORMATS`."""
    if format not in FORMATS:
        raise ValueError(f"no format {format!r}")
    import_module(f"{__name__}.{format}").write(report, out, style)
