"""Image references as Docker reads them: ``[REGISTRY[:PORT]/]NAME[:TAG][@DIGEST]``.

Grammar: https://github.com/distribution/reference; the defaults are those of ``docker pull``.
"""

import re

from msgspec import Struct

from lambda_image_lint.errors import SourceError

DOCKER_HUB = "docker.io"
_DOCKER_HUB_NAMES = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_DOCKER_HUB_ENDPOINT = "registry-1.docker.io"
_NAME_MAX = 255
"""Characters of registry and repository together."""

_HOST = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")
_IMAGE_ID = re.compile(r"sha256:[0-9a-f]{4,64}|[0-9a-f]{64}")

_HELP = "A reference is [REGISTRY[:PORT]/]NAME[:TAG][@DIGEST], such as python:3.12 or localhost:5000/team/app:1"


def is_digest(text: str) -> bool:
    """Whether this names content by a hash of a known length, and can be part of a path or URL as it stands."""
    return _DIGEST.fullmatch(text) is not None


def is_image_id(text: str) -> bool:
    """Whether this is the id of an image in a local daemon, which no registry knows."""
    return _IMAGE_ID.fullmatch(text) is not None


class Reference(Struct, frozen=True):
    """Which image of which repository of which registry."""

    registry: str
    """``HOST`` or ``HOST:PORT``; ``docker.io`` where the reference names none."""
    repository: str
    """With the ``library/`` of Docker's official images."""
    tag: str | None
    """``latest`` where the reference has neither tag nor digest; None where it has a digest only."""
    digest: str | None = None

    @property
    def endpoint(self) -> str:
        """``HOST`` or ``HOST:PORT`` that answers for the registry."""
        return _DOCKER_HUB_ENDPOINT if self.registry == DOCKER_HUB else self.registry

    @property
    def hostname(self) -> str:
        """The endpoint without its port, and an IPv6 address without its brackets."""
        host = re.sub(r":[0-9]+$", "", self.endpoint) if not self.endpoint.endswith("]") else self.endpoint
        return host.strip("[]")

    @property
    def is_loopback(self) -> bool:
        """Whether the registry is this machine, so that plain HTTP leaves it to nobody else."""
        return self.hostname in {"localhost", "::1"} or re.fullmatch(r"127(\.[0-9]{1,3}){3}", self.hostname) is not None

    @property
    def manifest_name(self) -> str:
        """What asks for its manifest: the digest, else the tag."""
        return self.digest or self.tag or "latest"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read a reference. Raises `SourceError` that says which part is wrong."""
        rest, at, digest = text.partition("@")
        if at and not is_digest(digest):
            raise _malformed(text, f'the digest "{digest}" is not sha256: and 64 hexadecimal digits in lower case')
        if is_image_id(text):
            raise _malformed(text, "this is the id of an image in a daemon, not a name in a registry")
        head, slash, last = rest.rpartition("/")
        last, colon, tag = last.partition(":")
        if colon and not _TAG.fullmatch(tag):
            raise _malformed(text, f'the tag "{tag}" is not 1 to 128 letters, digits, dots, dashes and underscores')
        registry, repository = _split_registry(text, f"{head}{slash}{last}")
        for component in repository.split("/"):
            _check_component(text, component)
        if registry == DOCKER_HUB and "/" not in repository:
            repository = f"library/{repository}"
        if len(registry) + 1 + len(repository) > _NAME_MAX:
            raise _malformed(text, f"registry and name are longer than {_NAME_MAX} characters")
        return cls(registry, repository, tag or (None if digest else "latest"), digest or None)


def _split_registry(text: str, name: str) -> tuple[str, str]:
    """The part before the first slash is a registry if it looks like a host; else it is part of a Docker Hub name."""
    first, slash, rest = name.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        return DOCKER_HUB, name
    if not _HOST.fullmatch(first):
        raise _malformed(text, f'"{first}" is not a host name with an optional port')
    registry = first.lower()
    return (DOCKER_HUB if registry in _DOCKER_HUB_NAMES else registry), rest


def _check_component(text: str, component: str) -> None:
    if _COMPONENT.fullmatch(component):
        return
    if not component:
        raise _malformed(text, "a part of the name is empty" if text else "it is empty")
    if component != component.lower() and _COMPONENT.fullmatch(component.lower()):
        raise _malformed(text, f'the name has capital letters, which no repository has: "{component}"')
    raise _malformed(text, f'"{component}" is not letters and digits joined by single dots, dashes or underscores')


def _malformed(text: str, reason: str) -> SourceError:
    return SourceError(f'"{text}" is not an image reference: {reason}', _HELP)
