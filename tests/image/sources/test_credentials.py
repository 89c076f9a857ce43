"""Credentials are found where docker, podman and Amazon's helper keep them, in the order that they go by."""

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lambda_image_lint.image.reference import Reference
from lambda_image_lint.image.sources import credentials
from lambda_image_lint.image.sources.challenge import Challenge, parse_challenges
from lambda_image_lint.image.sources.credentials import Credentials, Found, find_credentials
from tests.image.sources.credential_helper import credential_helper

PRIVATE = Reference.parse("registry.example:5000/team/app:1")
HUB = Reference.parse("team/app:1")


def encoded(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PATH": f"{tmp_path}/bin:{os.defpath}"}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, object], Path]:
    def write_below_home(path: str, document: object) -> Path:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(document if isinstance(document, str) else json.dumps(document))
        return target

    return write_below_home


Write = Callable[[str, object], Path]


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        (PRIVATE, "registry.example:5000"),
        (PRIVATE, "https://registry.example:5000"),
        (PRIVATE, "http://registry.example:5000/v2/"),
        (PRIVATE, "registry.example:5000/team"),
        (PRIVATE, "registry.example:5000/team/app"),
        (HUB, "https://index.docker.io/v1/"),
        (HUB, "docker.io"),
        (HUB, "index.docker.io"),
    ],
)
def test_an_entry_is_found_under_each_name_of_a_registry(
    reference: Reference, key: str, write: Write, environment: Mapping[str, str]
) -> None:
    write(
        ".docker/config.json",
        {"auths": {"elsewhere": {"auth": encoded("no", "no")}, key: {"auth": encoded("me", "a:b")}}},
    )
    assert find_credentials(reference, environment) == Found(Credentials("me", "a:b"))


def test_the_closest_entry_of_a_registry_counts(write: Write, environment: Mapping[str, str]) -> None:
    names = ("registry.example:5000", "registry.example:5000/team/app", "registry.example:5000/team")
    write(".config/containers/auth.json", {"auths": {name: {"auth": encoded("u", name)} for name in names}})
    found = find_credentials(PRIVATE, environment).credentials
    assert found == Credentials("u", "registry.example:5000/team/app")


def test_the_files_are_read_in_order(write: Write, environment: dict[str, str], tmp_path: Path) -> None:
    def entry(name: str) -> object:
        return {"auths": {PRIVATE.registry: {"username": name, "password": "p"}}}

    places = [
        ("explicit.json", {"REGISTRY_AUTH_FILE": f"{tmp_path}/explicit.json"}),
        ("docker/config.json", {"DOCKER_CONFIG": f"{tmp_path}/docker"}),
        ("run/containers/auth.json", {"XDG_RUNTIME_DIR": f"{tmp_path}/run"}),
        (".config/containers/auth.json", {}),
    ]
    for path, variables in places:
        write(path, entry(path))
        environment.update(variables)
    order = []
    for path, _ in places:
        found = find_credentials(PRIVATE, environment).credentials
        assert found is not None
        order.append(found.username)
        (tmp_path / path).unlink()
    assert order == [path for path, _ in places]
    assert find_credentials(PRIVATE, environment) == Found(None)


def test_a_helper_of_the_registry_goes_before_the_store_and_before_the_entries(
    write: Write, environment: dict[str, str]
) -> None:
    home = environment["HOME"]
    credential_helper(home, "own", """read server; echo "{\\"Username\\": \\"own\\", \\"Secret\\": \\"$server\\"}" """)
    credential_helper(home, "store", """echo '{"Username": "store", "Secret": "s"}' """)
    document: dict[str, Any] = {
        "credHelpers": {PRIVATE.registry: "own"},
        "credsStore": "store",
        "auths": {PRIVATE.registry: {"auth": encoded("entry", "e")}},
    }
    write(".docker/config.json", document)
    assert find_credentials(PRIVATE, environment) == Found(Credentials("own", PRIVATE.registry))
    write(".docker/config.json", {**document, "credHelpers": {}})
    assert find_credentials(PRIVATE, environment) == Found(Credentials("store", "s"))


def test_docker_hub_is_asked_for_under_its_old_name(write: Write, environment: dict[str, str]) -> None:
    credential_helper(
        environment["HOME"], "store", """read server; echo "{\\"Username\\": \\"u\\", \\"Secret\\": \\"$server\\"}" """
    )
    write(".docker/config.json", {"credsStore": "store"})
    assert find_credentials(HUB, environment).credentials == Credentials("u", "https://index.docker.io/v1/")


def test_a_helper_may_give_an_identity_token(write: Write, environment: dict[str, str]) -> None:
    credential_helper(environment["HOME"], "store", """echo '{"Username": "<token>", "Secret": "long-lived"}' """)
    write(".docker/config.json", {"credsStore": "store"})
    assert find_credentials(PRIVATE, environment).credentials == Credentials(identity_token="long-lived")


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("echo credentials not found in native keychain; exit 1", None),
        ("echo the keychain is locked >&2; exit 2", "docker-credential-store failed: the keychain is locked"),
        ("exit 3", "docker-credential-store failed: exit 3"),
        ("echo rubbish", "docker-credential-store gave an answer without Username and Secret"),
        ("exec sleep 30", "docker-credential-store gave no answer within 0.3 s"),
    ],
)
def test_a_helper_that_has_nothing_leads_on_and_one_that_fails_is_remembered(
    script: str, complaint: str | None, write: Write, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "HELPER_SECONDS", 0.3 if "sleep" in script else 10)
    credential_helper(environment["HOME"], "store", script)
    write(".docker/config.json", {"credsStore": "store", "auths": {PRIVATE.registry: {"auth": encoded("entry", "e")}}})
    started = time.monotonic()
    found = find_credentials(PRIVATE, environment)
    assert found == Found(Credentials("entry", "e"), (complaint,) if complaint else ())
    assert time.monotonic() - started < 8


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not readable JSON"),
        ("[]", "is no JSON object"),
        ('{"auths": {"registry.example:5000": {"auth": "!"}}}', "is no base64"),
        ('{"auths": [], "credHelpers": 3, "credsStore": {}}', None),
        ('{"auths": {"registry.example:5000": null}}', None),
    ],
)
def test_a_file_that_is_broken_is_remembered_and_not_fatal(
    text: str, complaint: str | None, write: Write, environment: Mapping[str, str]
) -> None:
    write(".docker/config.json", text)
    found = find_credentials(PRIVATE, environment)
    assert found.credentials is None
    assert len(found.complaints) == (complaint is not None)
    assert complaint is None or complaint in found.complaints[0]


def test_no_secret_is_shown() -> None:
    shown = repr(Credentials("me", "secret-1", "secret-2", "secret-3"))
    assert shown == "Credentials(username='me')"


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        ('Basic realm="a, b"', [Challenge("basic", {"realm": "a, b"})]),
        (
            'Bearer realm="https://auth.example/token",service="r",scope="repository:a/b:pull,push"',
            [
                Challenge(
                    "bearer",
                    {"realm": "https://auth.example/token", "service": "r", "scope": "repository:a/b:pull,push"},
                )
            ],
        ),
        (
            'Negotiate, BEARER Realm = "x" , service=plain, Basic realm="y\\"z"',
            [
                Challenge("negotiate", {}),
                Challenge("bearer", {"realm": "x", "service": "plain"}),
                Challenge("basic", {"realm": 'y"z'}),
            ],
        ),
        ("", []),
    ],
)
def test_challenges_are_read(header: str, challenges: list[Challenge]) -> None:
    assert parse_challenges(header) == challenges
