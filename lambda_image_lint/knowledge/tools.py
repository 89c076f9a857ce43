"""Package managers, commands and packages that a system has, or lacks."""

from functools import cache

from msgspec import Struct

from lambda_image_lint.knowledge.load import rows


class PackageManagers(Struct, frozen=True):
    """Which package managers a system has; of a manager in neither list nothing is known."""

    present: tuple[str, ...]
    absent: tuple[str, ...]
    use: str
    source: str


class UnavailablePackage(Struct, frozen=True):
    """A package that a system does not have, or that conflicts with what it has."""

    package: str
    since: str | None
    """First release without it; None: every release."""
    instead: str
    certain: bool
    """False: it may work, depending on options."""
    elsewhere: bool
    """A repository of another maker has it: nothing is certain once one is added."""
    source: str


@cache
def package_managers(os: str) -> PackageManagers | None:
    """Of ``al1``, ``al2``, ``al2023`` (AWS bases) or a distribution; None where unknown."""
    for row in rows("tools", "manager"):
        if row["os"] == os:
            return PackageManagers(tuple(row["present"]), tuple(row["absent"]), row["use"], row["source"])
    return None


@cache
def missing_tools(os: str) -> dict[str, str]:
    """Command → package that brings it, of the commands that a fresh AWS base lacks."""
    return {row["command"]: row["package"] for row in rows("tools", "missing") if row["os"] == os}


@cache
def unavailable_packages(os: str) -> dict[str, UnavailablePackage]:
    """By name, the packages that cannot be installed on a system."""
    return {
        row["package"]: UnavailablePackage(
            row["package"],
            row.get("since"),
            row["instead"],
            row.get("severity") != "warning",
            bool(row.get("elsewhere")),
            row["source"],
        )
        for row in rows("tools", "unavailable")
        if row["os"] == os
    }


def installer_folders(url: str) -> tuple[str, ...] | None:
    """Where a well-known installer at a URL writes; None where nobody knows."""
    for row in rows("tools", "installer"):
        if url.startswith(row["url"]):
            return tuple(row["folders"])
    return None
