"""Which suite an official image's tag stands on when it does not name one."""

from typing import Any

from lambda_image_lint.knowledge.load import table
from lambda_image_lint.knowledge.reference import image_name

_NUMBERS = 3
"""As many as the longest version has."""
_NEWEST = 1_000_000

_Version = tuple[int, ...]


def default_suite(reference: str) -> str | None:
    """``bookworm``, ``alpine3.17``; None where the tables do not tell, and of a tag that still moves."""
    row, version = _row(reference)
    return _of(row, version) if row is not None and version is not None else None


def oldest_moving(reference: str, distribution: str) -> str | None:
    """The oldest release that a tag which still moves can stand on: ``12``; None of any other tag."""
    row, version = _row(reference)
    tag = image_name(reference).tag or "latest"
    is_moving = _moves(row, version) if row is not None and version is not None else not any(map(str.isdigit, tag))
    release = table("suites")["moving"].get(distribution) if is_moving else None
    return release if isinstance(release, str) else None


def _row(reference: str) -> tuple[dict[str, Any] | None, _Version | None]:
    """The row of the tag's repository and words, and the tag's version."""
    name = image_name(reference)
    version, *words = (name.tag or "").split("-")
    if not all(number.isdecimal() for number in version.split(".")):
        return None, None
    rows = (row for row in table("suites")["suites"] if name.full in row["repositories"] and _fits(row, words))
    return next(rows, None), _version(version)


def _fits(row: dict[str, Any], words: list[str]) -> bool:
    required = set(row["words"])
    return required <= set(words) <= required | set(row.get("variants", ()))


def _of(row: dict[str, Any], version: _Version) -> str | None:
    if len(version) > row.get("precision", _NUMBERS) or _moves(row, version):
        return None
    newest = (*version, *[_NEWEST] * (_NUMBERS - len(version)))
    suites = [suite for since, suite in map(str.split, row["since"]) if _version(since) <= newest]
    return suites[-1] if suites and suites[-1] != "?" else None


def _moves(row: dict[str, Any], version: _Version) -> bool:
    """Whether new builds of the tag were still made when the list was read, or it is newer than the list."""
    numbers = row.get("branch", 2)
    for one in map(_version, row.get("live", ())):
        is_later = version >= one and version[:numbers] == one[:numbers]
        if is_later or one[: len(version)] == version:
            return True
    return version > max(map(_version, row.get("live", ())), default=version)


def _version(written: str) -> _Version:
    return tuple(map(int, written.split(".")))
