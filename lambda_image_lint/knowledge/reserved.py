"""Variables that belong to Lambda."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from msgspec import Struct

from lambda_image_lint.knowledge.load import rows, table

Version = tuple[int, ...]


class AdapterVariable(Struct, frozen=True):
    """Which versions of the web adapter read a variable."""

    since: Version
    """The first version that reads it."""
    until: Version | None
    """The first that does not any more."""


@cache
def _names(key: str) -> frozenset[str]:
    return frozenset(table("reserved_environment")[key])


def is_reserved(name: str) -> bool:
    """Whether Lambda sets the variable itself, so that the image's value is lost."""
    if name in _names("overridable"):
        return False
    return name in _names("reserved") or name.startswith(tuple(_names("reserved_prefixes")))


def is_fatal(name: str) -> bool:
    """Whether a value in the image breaks the start."""
    return name in _names("fatal")


def lambda_values() -> Mapping[str, str]:
    """What the function finds in variables that nobody else may set."""
    return cast("Mapping[str, str]", table("reserved_environment")["values"])


def task_variables() -> frozenset[str]:
    """The variables of its own that an AWS base image defines for the build: ``LAMBDA_TASK_ROOT`` and the like."""
    return frozenset(name for name in lambda_values() if name.startswith("LAMBDA_"))


def web_adapter_renamed() -> Mapping[str, str]:
    """Old name → name that the web adapter reads now."""
    return cast("Mapping[str, str]", table("reserved_environment")["web_adapter"]["renamed"])


def web_adapter_default_port() -> int:
    """The port on which the web adapter expects the application."""
    return cast("int", table("reserved_environment")["web_adapter"]["default_port"])


def web_adapter_port_variables() -> tuple[str, ...]:
    """The variables that name the application's port, the one that counts first."""
    return tuple(table("reserved_environment")["web_adapter"]["port_variables"])


def web_adapter_forbidden_ports() -> frozenset[int]:
    """Ports that Lambda and the adapter need for themselves."""
    return frozenset(table("reserved_environment")["web_adapter"]["forbidden_ports"])


def web_adapter_variables() -> Mapping[str, AdapterVariable]:
    """By name."""
    return {
        row["name"]: AdapterVariable(_version(row["since"]), _version(row["until"]) if "until" in row else None)
        for row in rows("reserved_environment", "web_adapter_variable")
    }


def web_adapter_ready_statuses(version: Version) -> str:
    """The statuses that a version takes for readiness where it is told of none, as a range: ``100-499``."""
    known = [row for row in rows("reserved_environment", "web_adapter_ready") if _version(row["version"]) <= version]
    return str(max(known, key=lambda row: _version(row["version"]))["statuses"])


def _version(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))
