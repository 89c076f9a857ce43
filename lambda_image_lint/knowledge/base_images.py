"""AWS's own base images, told by reference."""

from collections.abc import Mapping
from functools import cache, lru_cache

from msgspec import Struct

from lambda_image_lint.knowledge.load import rows, table
from lambda_image_lint.knowledge.reference import Name, image_name
from lambda_image_lint.patterns import lazy

_TAG = lazy(
    r"(?P<version>.+?)"
    r"(?:\.(?P<date>\d{4}\.\d{2}\.\d{2}\.\d{2}))?"
    r"(?:-(?:rapid|preview))?"
    r"(?:-(?P<architecture>x86_64|arm64))?"
)
_PRIVATE_ECR = lazy(r"\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\..+")
_OCI_ARCHITECTURE = {"x86_64": "amd64", "arm64": "arm64"}


class AwsBaseImage(Struct, frozen=True):
    """What the tables know of one reference to an AWS base."""

    language: str
    """``python``, ``nodejs``, ``java``, ``dotnet``, ``ruby``, ``go`` or ``provided``."""
    tag: str | None
    """As written; None where the reference has none, which means ``latest``."""
    version: str | None
    """The tag without date and architecture; None where it moves (``latest``, none, a bare digest)."""
    known: bool
    """Whether the tables list the version; False of ``latest``, and of a tag that does not exist or is too new."""
    os: str | None
    """``al1``, ``al2``, ``al2023``; None where unknown."""
    runtime: str | None
    """Lambda's identifier; None where unknown."""
    preview: bool
    date: str | None
    """The patch that the tag is pinned to: ``2026.08.19.14``."""
    architecture: str | None
    """What the tag says, in OCI words; None where it says nothing."""
    digest: str | None
    mirror: bool
    """True for the copies on Docker Hub."""


class BaseConfig(Struct, frozen=True):
    """What every AWS base image sets."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    working_dir: str
    user: str
    environment: Mapping[str, str | None]
    """None: set, with a value that differs from tag to tag."""


class BaseFiles(Struct, frozen=True):
    """What is known of a base's file system; of any other path below `top_level` nothing is."""

    top_level: tuple[str, ...]
    """Names directly below the root; there are no others."""
    directories: tuple[str, ...]
    programs: tuple[str, ...]
    """Executables, 0755."""
    empty: tuple[str, ...]
    """Paths at which, and below which, the base has nothing but those of `directories`."""
    private: tuple[str, ...]
    """Directories of mode 0700."""


@cache
def _languages() -> Mapping[str, tuple[str, bool]]:
    """Repository → (language, whether it is a mirror)."""
    names = table("base_images")["names"]
    found = {}
    for language in names["languages"]:
        found[names["registry"].format(language=language)] = (language, False)
        for mirror in names["mirrors"]:
            found[mirror.format(language=language)] = (language, True)
        for path in names["pull_through"]:
            found[path.format(language=language)] = (language, False)
    return found


@cache
def _versions() -> Mapping[tuple[str, str], Mapping[str, object]]:
    return {(row["language"], row["tag"]): row for row in rows("base_images", "version")}


def _language(name: Name) -> tuple[str, bool] | None:
    if _PRIVATE_ECR.fullmatch(name.registry):
        return _languages().get(name.repository)
    return _languages().get(name.full)


@lru_cache(maxsize=256)
def aws_base(reference: str) -> AwsBaseImage | None:
    """What a reference to an AWS base image means; None where it names another image."""
    name = image_name(reference)
    found = _language(name)
    if found is None:
        return None
    language, mirror = found
    tag = name.tag or ("latest" if name.digest is None else "")
    parts = _TAG.fullmatch(tag)
    version = parts["version"] if parts else None
    # Without a tag a digest tells what it is only where there is nothing else that it can be.
    is_only = len(aws_base_versions(language)) == 1
    row = _versions().get((language, version or ("latest" if is_only else "")), {})
    os, runtime = row.get("os"), row.get("runtime")
    return AwsBaseImage(
        language=language,
        tag=name.tag,
        version=None if version == "latest" else version,
        known=bool(row) and version not in (None, "latest"),
        os=os if isinstance(os, str) else None,
        runtime=runtime if isinstance(runtime, str) else None,
        preview=bool(row.get("preview")),
        date=parts["date"] if parts else None,
        architecture=_OCI_ARCHITECTURE.get(parts["architecture"] or "") if parts else None,
        digest=name.digest,
        mirror=mirror,
    )


def not_a_registry(reference: str) -> bool:
    """Whether the reference's host is a web page that looks like a registry."""
    return image_name(reference).registry in table("base_images")["names"]["not_registries"]


def aws_base_versions(language: str) -> tuple[str, ...]:
    """The versions of a language that have a base image, in the order of their release."""
    return tuple(tag for known, tag in _versions() if known == language and tag != "latest")


@cache
def aws_base_config(language: str) -> BaseConfig:
    """The config of every AWS base of a language; ValueError for a language without one."""
    whole = table("base_images")
    if language not in whole["names"]["languages"]:
        raise ValueError(f"no AWS base image for {language!r}")
    config = whole["config"]
    environment = {**config["environment"], **whole["language_environment"].get(language, {})}
    return BaseConfig(
        entrypoint=tuple(config["entrypoint"]),
        command=tuple(config["command"]),
        working_dir=config["working_dir"],
        user=config["user"],
        environment={name: value or None for name, value in environment.items()},
    )


@cache
def aws_base_files(language: str) -> BaseFiles:
    """What is known of the files of an AWS base of a language."""
    files = table("base_images")["files"]
    return BaseFiles(
        top_level=tuple(files["top_level"]),
        directories=tuple(files["directories"]),
        programs=(*files["programs"], *files["programs_of"][language]),
        empty=(*files["empty"], *files["empty_of"].get(language, ())),
        private=tuple(files["private"]),
    )
