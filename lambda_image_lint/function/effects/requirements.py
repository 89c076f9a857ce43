"""What a requirements file asks for."""

import codecs
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from lambda_image_lint.patterns import lazy

_REQUIREMENT = lazy(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?:\(?(?P<specifier>[^;#@()]*)\)?)?(?:[;#].*)?"
)
_PINNED = lazy(r"===?\s*(?P<version>[^,*\s]+)")
_OPTION = lazy(r"(?P<option>--?[A-Za-z-]+)(?:[= ]\s*(?P<value>\S+))?.*")


class Requirement(Struct, frozen=True):
    """A distribution by name."""

    name: str
    """Normalised: lower case, ``-`` between words. Source: https://packaging.python.org/specifications/name-normalization/"""
    version: str | None
    """Of ``==``; None for any other demand."""


class Include(Struct, frozen=True):
    """``-r FILE``."""

    path: str


class Local(Struct, frozen=True):
    """A project by folder, archive, URL or repository: what it is called is not known."""

    text: str


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements_text(content: bytes) -> str:
    """A requirements file as pip decodes it: by its byte order mark, which editors of Windows write, else as UTF-8.

    Source: https://github.com/pypa/pip/blob/main/src/pip/_internal/req/req_file.py, read 2026-11-28.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    return content.decode("utf-8", "replace")


def requirement(text: str) -> Requirement | Local:
    """One word of ``pip install`` or one line of a file."""
    match = _REQUIREMENT.fullmatch(text.strip())
    if match is None or "/" in text.partition(";")[0]:
        name, at, _ = text.partition("@")
        if at and re.fullmatch(r"[A-Za-z0-9._-]+(\[[^\]]*\])?\s*", name):
            return Requirement(normalised(name.partition("[")[0].strip()), None)
        return Local(text)
    pinned = _PINNED.fullmatch((match["specifier"] or "").strip())
    return Requirement(normalised(match["name"]), pinned["version"] if pinned else None)


def read_requirements(text: str) -> Iterator[Requirement | Include | Local]:
    """The lines of a requirements file; options that name no package are left out."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        line = re.sub(r"\s--hash=\S+", "", line).strip()
        if not line:
            continue
        if not line.startswith("-"):
            yield requirement(line)
            continue
        match = _OPTION.fullmatch(line)
        if match and match["option"] in ("-r", "--requirement") and match["value"]:
            yield Include(match["value"])
        elif match and match["option"] in ("-e", "--editable") and match["value"]:
            yield Local(match["value"])


def project_dependencies(document: Mapping[str, object]) -> Iterator[str]:
    """What a parsed pyproject.toml depends on, each as a requirement; Python itself is none.

    Source: https://packaging.python.org/specifications/pyproject-toml/, https://python-poetry.org/docs/pyproject/
    """
    project, tool = _table(document, "project"), _table(document, "tool")
    groups = [project.get("dependencies"), *_table(project, "optional-dependencies").values()]
    for group in (*groups, *_table(document, "dependency-groups").values()):
        yield from (text for text in group if isinstance(text, str)) if isinstance(group, list) else ()
    poetry = _table(tool, "poetry")
    tables = [poetry, *(each for each in _table(poetry, "group").values() if isinstance(each, dict))]
    for table in tables:
        for name, version in (*_table(table, "dependencies").items(), *_table(table, "dev-dependencies").items()):
            if name != "python":
                exact = isinstance(version, str) and version[:1].isdigit()
                yield f"{name}=={version}" if exact else name


def _table(document: Mapping[str, object], key: str) -> dict[str, object]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}
