"""Credentials for registries, from where docker, podman and Amazon's helper keep them.

In this order: ``REGISTRY_AUTH_FILE``; Docker's ``config.json`` (in ``DOCKER_CONFIG``, else ``~/.docker``) with its
helper for the registry, its store and its own entries; containers' ``auth.json`` in ``XDG_RUNTIME_DIR`` and
``~/.config``; for private ECR Amazon's helper or boto3. Nothing is written, and no secret is shown or logged.
Sources: https://docs.docker.com/reference/cli/docker/login/, containers-auth.json(5).
"""

import base64
import binascii
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambda_image_lint.image.reference import DOCKER_HUB, Reference

HELPER_SECONDS = 10
"""A helper may ask a keychain or the network; one that asks a person would wait for ever."""
_TOKEN_USER = "<token>"
"""User name with which a helper says that the secret is an identity token."""
_DOCKER_HUB_KEY = "https://index.docker.io/v1/"
"""What ``docker login`` files Docker Hub under."""


@dataclass(frozen=True)
class Credentials:
    """A user name with a password, or an identity token that is exchanged for one of the registry's."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)
    """A bearer token for the registry itself."""


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    credentials: Credentials | None
    """None: the registry is asked anonymously."""
    complaints: tuple[str, ...] = ()
    """What could not be read or run, as clauses; told where the registry then refuses."""


def find_credentials(reference: Reference, environment: Mapping[str, str] | None = None) -> Found:
    """The first credentials that any of the places has for a reference's registry."""
    environment = os.environ if environment is None else environment
    complaints: list[str] = []
    for path in _files(environment):
        found = _from_file(path, reference, environment, complaints)
        if found is not None:
            return Found(found, tuple(complaints))
    from lambda_image_lint.image.sources.ecr import ecr_credentials, ecr_repository

    if (repository := ecr_repository(reference.hostname)) is not None:
        return Found(ecr_credentials(reference.registry, repository, environment, complaints), tuple(complaints))
    return Found(None, tuple(complaints))


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HOME") or Path.home())
    if explicit := environment.get("REGISTRY_AUTH_FILE"):
        yield Path(explicit)
    yield Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers/auth.json"
    yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "containers/auth.json"


def _from_file(
    path: Path, reference: Reference, environment: Mapping[str, str], complaints: list[str]
) -> Credentials | None:
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        complaints.append(f"{path} cannot be read: {error.strerror}")
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        complaints.append(f"{path} is not readable JSON: {error}")
        return None
    if not isinstance(document, dict):
        complaints.append(f"{path} is no JSON object")
        return None
    for helper in _helpers(document, reference):
        found = ask_helper(helper, _server(reference), environment, complaints)
        if found is not None:
            return found
    return _own_entry(_object(document, "auths"), reference, path, complaints)


def _helpers(document: Mapping[str, Any], reference: Reference) -> Iterator[str]:
    """Names of the helpers to ask: the registry's own, else the store of all."""
    own = _object(document, "credHelpers")
    names = [own[key] for key in _keys(reference) if isinstance(own.get(key), str)]
    store = document.get("credsStore")
    yield from [*names[:1], *([store] if isinstance(store, str) and store else [])]


def _object(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _keys(reference: Reference) -> list[str]:
    """What an entry for the registry may be filed under, the closest first."""
    parts = reference.repository.split("/")
    # containers' files may have an entry for a part of a registry.
    keys = [f"{reference.registry}/{'/'.join(parts[:count])}" for count in range(len(parts), 0, -1)]
    hosts = [reference.registry]
    if reference.registry == DOCKER_HUB:
        hosts = [_DOCKER_HUB_KEY, "index.docker.io", DOCKER_HUB, reference.endpoint]
    keys += hosts
    keys += [
        f"{scheme}{host}{path}"
        for host in hosts
        for scheme in ("https://", "http://")
        for path in ("", "/", "/v1/", "/v2/")
    ]
    return keys


def _server(reference: Reference) -> str:
    """What a helper is asked for."""
    return _DOCKER_HUB_KEY if reference.registry == DOCKER_HUB else reference.registry


def _own_entry(auths: Mapping[str, Any], reference: Reference, path: Path, complaints: list[str]) -> Credentials | None:
    for key in _keys(reference):
        entry = auths.get(key)
        if not isinstance(entry, dict):
            continue
        texts = {name: value for name, value in entry.items() if isinstance(value, str) and value}
        username, password = texts.get("username", ""), texts.get("password", "")
        if "auth" in texts:
            try:
                decoded = base64.b64decode(texts["auth"], validate=True).decode()
            except (binascii.Error, ValueError):
                complaints.append(f"the entry for {key} in {path} is no base64")
                continue
            username, _, password = decoded.rstrip("\0").partition(":")
        found = Credentials(username, password, texts.get("identitytoken", ""), texts.get("registrytoken", ""))
        # An entry without a secret only notes that a helper has it.
        if found.password or found.identity_token or found.registry_token:
            return found
    return None


def ask_helper(name: str, server: str, environment: Mapping[str, str], complaints: list[str]) -> Credentials | None:
    """Ask ``docker-credential-NAME get``; None where it has nothing, with a complaint where it failed."""
    import subprocess

    program = f"docker-credential-{name}"
    try:
        done = subprocess.run(
            [program, "get"],
            input=server,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=HELPER_SECONDS,
            env=dict(environment),
            check=False,
        )
    except FileNotFoundError:
        complaints.append(f"{program} is not installed")
        return None
    except OSError as error:
        complaints.append(f"{program} does not run: {error.strerror}")
        return None
    except subprocess.TimeoutExpired:
        complaints.append(f"{program} gave no answer within {HELPER_SECONDS} s")
        return None
    if done.returncode:
        said = " ".join((done.stdout + done.stderr).split())
        if "credentials not found" not in said.lower():
            complaints.append(f"{program} failed: {said[:200] or f'exit {done.returncode}'}")
        return None
    try:
        answer = json.loads(done.stdout)
        username, secret = answer["Username"], answer["Secret"]
    except (ValueError, KeyError, TypeError):
        complaints.append(f"{program} gave an answer without Username and Secret")
        return None
    if not isinstance(username, str) or not isinstance(secret, str) or not secret:
        return None
    return Credentials(identity_token=secret) if username == _TOKEN_USER else Credentials(username, secret)
