"""Which system other base images are, what they set and when their support ends."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.knowledge.base_images import BaseConfig, BaseFiles, aws_base, aws_base_config, aws_base_files
from lambda_image_lint.knowledge.load import rows, table
from lambda_image_lint.knowledge.reference import image_name
from lambda_image_lint.knowledge.suites import default_suite, oldest_moving
from lambda_image_lint.patterns import lazy

_NAMED = lazy(r"(alpine|debian|ubuntu|amazonlinux|al)(\d[\d.]*)?")
_CALLED = {"al": "amazonlinux"}
_AMAZON_LINUX = {"al1": "1", "al2": "2", "al2023": "2023"}


class OperatingSystem(Struct, frozen=True):
    """A distribution and its release, as far as a reference tells."""

    distribution: str
    """``debian``, ``ubuntu``, ``alpine``, ``amazonlinux``, ``centos``."""
    release: str | None
    """``12``, ``22.04``, ``3.19``, ``2023``; None where the tag does not say."""
    end: date | None
    """Last day of free security support; None where unknown, and of AWS bases: their runtime's date counts."""
    libc: str | None
    """``glibc`` or ``musl``."""
    libc_version: str | None
    source: str | None


class Product(Struct, frozen=True):
    """The interpreter or toolkit that an image is about."""

    name: str
    version: str
    end: date
    """Last day of support; of a dropped one, of the image."""
    dropped: bool
    """The repository stopped building it, whatever becomes of the product elsewhere."""
    source: str


@cache
def _releases() -> tuple[dict[str, Any], ...]:
    return tuple(rows("operating_systems", "release"))


@cache
def _images() -> Mapping[str, dict[str, Any]]:
    return {row["repository"]: row for row in rows("operating_systems", "image")}


def _release(distribution: str, version: str | None) -> OperatingSystem:
    row = next(
        (row for row in _releases() if row["distribution"] == distribution and _is(version, row["version"])), None
    )
    if row is None:
        libc = {row["libc"] for row in _releases() if row["distribution"] == distribution}
        return OperatingSystem(distribution, None, None, libc.pop() if len(libc) == 1 else None, None, None)
    return OperatingSystem(
        distribution, row["version"], row.get("end"), row["libc"], row.get("libc_version"), row["source"]
    )


def _is(written: str | None, version: str) -> bool:
    """Whether a written version is this one or a point release of it: ``3.19.1`` is ``3.19``, ``8u342`` is ``8``."""
    return written is not None and written.startswith(version) and not written[len(version) :][:1].isdigit()


def operating_system(reference: str) -> OperatingSystem | None:
    """The system that an image stands on, as its reference tells; None where it does not."""
    base = aws_base(reference)
    if base is not None:
        if base.os is None:
            return None
        # AWS patches its bases until their runtime ends, beyond the end of the system itself.
        return replace(_release("amazonlinux", _AMAZON_LINUX[base.os]), end=None)
    name = image_name(reference)
    image = _images().get(name.full, {})
    tag = (name.tag or "").lower()
    words = tag.split("-") if tag else []
    if image.get("is_distribution"):
        codename = _by_codename(words)
        if codename is not None:
            return codename
        return _release(image["distribution"], words[0] if words else None)
    if not image:
        return None
    named = _by_codename(words) or _by_name(words)
    if named is None or named.release is None:
        named = _by_default(reference) or named
    if named is not None:
        return named
    return _release(image["distribution"], None) if "distribution" in image else None


def oldest_system(reference: str) -> OperatingSystem | None:
    """As `operating_system`; of a tag that still moves the oldest release that it can stand on."""
    found = operating_system(reference)
    if found is None or found.release is not None:
        return found
    release = oldest_moving(reference, found.distribution)
    return found if release is None else _release(found.distribution, release)


def system_in_tag(reference: str) -> OperatingSystem | None:
    """The system that the words of a tag name, whosever image it is: ``11.8.0-runtime-ubuntu20.04``, ``1.2-bullseye``,
    ``debian-11-ocaml-4.12``; or those of the repository: ``distroless/base-debian11``. None where they name none, or not
    its release."""
    name = image_name(reference)
    for written in (name.tag or "", name.full.rpartition("/")[2]):
        words = written.lower().split("-")
        joined = [f"{first}{second}" for first, second in pairwise(words) if second[:1].isdigit()]
        for named in (_by_codename(words), _by_name(words), _by_name(joined)):
            if named is not None and named.release is not None:
                return named
    return None


def _by_codename(words: list[str]) -> OperatingSystem | None:
    for row in _releases():
        if row.get("codename") in words:
            return _release(row["distribution"], row["version"])
    return None


def _by_name(words: list[str]) -> OperatingSystem | None:
    for word in words:
        match = _NAMED.fullmatch(word)
        if match:
            return _release(_CALLED.get(match[1], match[1]), match[2])
    return None


def _by_default(reference: str) -> OperatingSystem | None:
    suite = default_suite(reference)
    return _by_codename([suite]) or _by_name([suite]) if suite is not None else None


def product(reference: str) -> Product | None:
    """The interpreter and version that an image's tag or its own name tells; None where none is known."""
    name = image_name(reference)
    called, version = _images().get(name.full, {}).get("product"), (name.tag or "").partition("-")[0]
    for row in rows("operating_systems", "product_in_name"):
        if match := re.fullmatch(row["pattern"], name.full):
            called, version = row["product"], ".".join(match.groups())
    for row in rows("operating_systems", "product"):
        if row["name"] == called and _is(version, row["version"]):
            return Product(row["name"], row["version"], row["end"], bool(row.get("dropped")), row["source"])
    return None


def base_config(reference: str) -> BaseConfig | None:
    """What a known base image sets, an AWS base or an official image; None where the tables do not know it."""
    base = aws_base(reference)
    if base is not None:
        return aws_base_config(base.language)
    image = _images().get(image_name(reference).full)
    if image is None or "environment" not in image:
        return None
    return BaseConfig(
        entrypoint=tuple(image["entrypoint"]),
        command=tuple(image["command"]),
        working_dir=image.get("working_dir", "/"),
        user="",
        environment={name: value or None for name, value in image["environment"].items()},
    )


def base_environment(reference: str) -> Mapping[str, str | None] | None:
    """The variables that a base image sets; a value that differs from tag to tag is None.

    None as a whole: the image is not known, any variable may be set.
    """
    config = base_config(reference)
    return None if config is None else config.environment


def base_files(reference: str) -> BaseFiles | None:
    """What is known of the files of a known base image; None where the tables do not know it."""
    base = aws_base(reference)
    if base is not None:
        return aws_base_files(base.language)
    image = _images().get(image_name(reference).full, {})
    if "environment" not in image:
        return None
    files = table("operating_systems")["files"]
    return BaseFiles(
        top_level=(*files["top_level"], *image.get("top_level", ())),
        directories=tuple(files["directories"]),
        programs=tuple(image.get("programs", ())),
        empty=tuple(files["empty"]),
        private=tuple(files["private"]),
    )
