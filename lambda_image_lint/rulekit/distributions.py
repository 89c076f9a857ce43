"""Installed distributions of Python, by their metadata beside the modules."""

import re

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.finding import Place
from lambda_image_lint.function.model import File, Function, Kind
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.python_imports import python_imports
from lambda_image_lint.rulekit.python_packages import normalised

_LIMIT = 64 * 1024
"""Bytes of METADATA that are read: its head comes before the description."""
_REQUIRES = lazy(
    r"^Requires-Dist:\s*(?P<name>[\w.-]+)\s*(?:\[[^\]]*\])?\s*\(?(?P<range>[^;)\n]*)\)?(?P<marker>;.*)?$", re.MULTILINE
)
_RELATION = lazy(r"\s*(?P<sign><=|>=|<|>|==|!=|~=)\s*(?P<version>\d+(?:\.\d+)*)\s*")


class Distribution(Struct, frozen=True):
    """One that is imported from."""

    name: str
    version: str
    folder: str
    """Where its modules lie."""
    place: Place
    requires: dict[str, str]
    """Name → range, as in ``>=1.29.5,<1.30.0``; those under a condition left out."""


def imported_distribution(function: Function, name: str) -> Distribution | None:
    """The distribution that the function would import `name` from; None where that is not certain."""
    found = python_imports(function)
    folders = found.folders(name) if found is not None else ()
    if not folders:
        return None
    folder = folders[0].rpartition("/")[0]
    metadata = function.files.known_glob(f"{folder}/{name}-*.dist-info/METADATA")
    if len(metadata) != 1 or metadata[0].kind is not Kind.FILE:
        return None
    return _read(metadata[0], name, folder)


def _read(file: File, name: str, folder: str) -> Distribution | None:
    content = file.read(_LIMIT)
    if isinstance(content, Unknown):
        return None
    text = content.decode("utf-8", "replace")
    version = re.search(r"^Version:\s*(\S+)", text, re.MULTILINE)
    if version is None:
        return None
    requires = {normalised(one["name"]): one["range"].strip() for one in _REQUIRES.finditer(text) if not one["marker"]}
    return Distribution(name, version[1], folder, file.place, requires)


def satisfies(version: str, wanted: str) -> bool | None:
    """Whether a version is in a range; None where either is written in a way that is not compared here."""
    have = _numbers(version)
    if have is None:
        return None
    for part in wanted.split(",") if wanted else ():
        relation = _RELATION.fullmatch(part)
        limit = _numbers(relation["version"]) if relation else None
        if relation is None or limit is None or relation["sign"] == "~=":
            return None
        width = max(len(have), len(limit))
        left, right = ((*numbers, *(0,) * (width - len(numbers))) for numbers in (have, limit))
        kept = {
            "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "==": left == right,
            "!=": left != right,
        }[relation["sign"]]  # fmt: skip
        if not kept:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...] | None:
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d+(\.\d+)*", version) else None
