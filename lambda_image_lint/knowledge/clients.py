"""Runtime clients: their names, packages and marks."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from msgspec import Struct

from lambda_image_lint.knowledge.load import rows, table
from lambda_image_lint.knowledge.reference import image_name


class Client(Struct, frozen=True):
    """A runtime client."""

    name: str
    language: str
    manager: str | None
    """The package manager that brings it: ``pip``, ``npm``, ``maven``, ``gem``, ``nuget``, ``go``, ``cargo``."""
    package: str | None
    module: bytes | None
    """How a source names it that starts it itself."""
    marks: tuple[bytes, ...]
    """Bytes that only its programs hold."""
    source: str


@cache
def runtime_clients() -> Mapping[str, Client]:
    """Every client by name."""
    return {
        row["name"]: Client(
            row["name"],
            row["language"],
            row.get("package", {}).get("manager"),
            row.get("package", {}).get("name"),
            row["module"].encode() if "module" in row else None,
            tuple(mark.encode() for mark in row.get("bytes", ())),
            row["source"],
        )
        for row in rows("clients", "client")
    }


def java_main_class() -> str:
    """The class whose ``main`` is the Java client."""
    return str(next(row["main_class"] for row in rows("clients", "client") if "main_class" in row))


def runtime_api_marks() -> tuple[bytes, ...]:
    """Bytes of which each program that speaks to the Runtime API has at least one; .NET keeps its strings in UTF-16."""
    marks = table("clients")["marks"]
    return (*(mark.encode() for mark in marks), *(mark.encode("utf-16-le") for mark in marks))


def programs_without_client() -> frozenset[str]:
    """Programs that never ask the Runtime API themselves, by name."""
    return frozenset(table("clients")["programs_without"])


def image_programs(reference: str) -> Mapping[str, int]:
    """Path → mode of the programs that an image is known to be copied from for."""
    name = image_name(reference).full
    return {row["path"]: row["mode"] for row in rows("clients", "image") if row["repository"] == name}


def base_client(reference: str) -> str | None:
    """The client that a base image other than AWS's brings; None where none is known."""
    row = _base(reference)
    return str(row["client"]) if row else None


def base_entrypoint(reference: str) -> tuple[str, ...] | None:
    """The entrypoint that such a base sets; None where none is known."""
    row = _base(reference)
    return tuple(row["entrypoint"]) if row else None


def _base(reference: str) -> Mapping[str, Any] | None:
    name = image_name(reference).full
    return next(
        (row for row in rows("clients", "base") if any(fnmatchcase(name, one) for one in row["repositories"])), None
    )


def adapter_name() -> str:
    """The web adapter, as `RuntimeClient.name` calls it."""
    return str(table("clients")["adapter"]["name"])


def adapter_files() -> frozenset[str]:
    """Names under which the web adapter is put into ``/opt/extensions``."""
    return frozenset(table("clients")["adapter"]["names"])


def emulator_files() -> frozenset[str]:
    """Names of the runtime interface emulator."""
    return frozenset(table("clients")["emulator"]["names"])
