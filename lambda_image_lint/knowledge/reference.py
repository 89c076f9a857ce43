"""Image references, as far as looking them up takes: which registry, which repository, which tag."""

from functools import lru_cache

from msgspec import Struct

_DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_OFFICIAL_MIRRORS = ("public.ecr.aws/docker/library/", "mirror.gcr.io/library/")


class Name(Struct, frozen=True):
    """An image reference taken apart."""

    registry: str
    """``docker.io`` where the reference names none."""
    repository: str
    """Without the ``library/`` of Docker's official images."""
    tag: str | None
    digest: str | None

    @property
    def full(self) -> str:
        """Registry and repository; an official image of Docker Hub by its repository alone."""
        if self.registry == "docker.io":
            return self.repository
        return f"{self.registry}/{self.repository}"


@lru_cache(maxsize=256)
def image_name(reference: str) -> Name:
    """Take a reference apart. Never raises: what is no reference has a name that no table knows."""
    rest, _, digest = reference.strip().partition("@")
    head, slash, tail = rest.rpartition("/")
    tail, _, tag = tail.partition(":")
    path = f"{head}{slash}{tail}"
    first, slash, remainder = path.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first.lower(), remainder
    else:
        registry, repository = "docker.io", path
    for mirror in _OFFICIAL_MIRRORS:
        if f"{registry}/{repository}".startswith(mirror):
            registry, repository = "docker.io", f"{registry}/{repository}".removeprefix(mirror)
    if registry in _DOCKER_HUB:
        registry, repository = "docker.io", repository.removeprefix("library/")
    return Name(registry, repository, tag or None, digest or None)
