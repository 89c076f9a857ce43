"""Credentials are found where docker, podman and Amazon's helper keep them, in the order that they go by."""

import base64
import json
import os
import sys
import time
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lambda_image_lint.image.reference import Reference
from lambda_image_lint.image.sources import credentials
from lambda_image_lint.image.sources.challenge import Challenge, parse_challenges
from lambda_image_lint.image.sources.credentials import Credentials, Found, find_credentials
from lambda_image_lint.image.sources.ecr import EcrRepository, ecr_repository

PRIVATE = Reference.parse("registry.example:5000/team/app:1")
HUB = Reference.parse("team/app:1")
ECR = Reference.parse("123456789012.dkr.ecr.eu-central-1.amazonaws.com/app:1")


def encoded(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "bin").mkdir()
    return {"HOME": str(tmp_path), "PATH": f"{tmp_path}/bin:{os.defpath}"}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, object], Path]:
    def write_below_home(path: str, document: object) -> Path:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(document if isinstance(document, str) else json.dumps(document))
        return target

    return write_below_home


def helper(home: str, name: str, script: str) -> None:
    """A credential helper that is a shell script."""
    program = Path(home, "bin", f"docker-credential-{name}")
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


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
    helper(home, "own", """read server; echo "{\\"Username\\": \\"own\\", \\"Secret\\": \\"$server\\"}" """)
    helper(home, "store", """echo '{"Username": "store", "Secret": "s"}' """)
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
    helper(
        environment["HOME"], "store", """read server; echo "{\\"Username\\": \\"u\\", \\"Secret\\": \\"$server\\"}" """
    )
    write(".docker/config.json", {"credsStore": "store"})
    assert find_credentials(HUB, environment).credentials == Credentials("u", "https://index.docker.io/v1/")


def test_a_helper_may_give_an_identity_token(write: Write, environment: dict[str, str]) -> None:
    helper(environment["HOME"], "store", """echo '{"Username": "<token>", "Secret": "long-lived"}' """)
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
    helper(environment["HOME"], "store", script)
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
    ("host", "found"),
    [
        ("123456789012.dkr.ecr.eu-central-1.amazonaws.com", ("123456789012", "eu-central-1", False)),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", ("123456789012", "us-east-1", True)),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", ("123456789012", "cn-north-1", False)),
        ("123456789012.dkr-ecr.us-west-2.on.aws", ("123456789012", "us-west-2", False)),
        ("123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", ("123456789012", "us-iso-east-1", False)),
        ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", ("123456789012", "eusc-de-east-1", False)),
        ("public.ecr.aws", None),
        ("123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example", None),
        ("12345.dkr.ecr.eu-central-1.amazonaws.com", None),
    ],
)
def test_private_ecr_is_told_by_its_host_in_every_partition(host: str, found: tuple[str, str, bool] | None) -> None:
    assert ecr_repository(host) == (EcrRepository(*found) if found else None)


def test_ecr_asks_amazons_helper_where_it_is_installed(environment: dict[str, str]) -> None:
    helper(
        environment["HOME"],
        "ecr-login",
        """read server; echo "{\\"Username\\": \\"AWS\\", \\"Secret\\": \\"$server\\"}" """,
    )
    assert find_credentials(ECR, environment) == Found(Credentials("AWS", ECR.registry))


class FakeBoto3(types.ModuleType):
    """Stands in for boto3: an extra, whose service is out of reach of a test."""

    def __init__(self, answer: object) -> None:
        super().__init__("boto3")
        self.answer = answer
        self.asked: list[object] = []

    def client(self, service: str, region_name: str, config: object) -> "FakeBoto3":
        self.asked.append((service, region_name))
        return self

    def get_authorization_token(self, registryIds: list[str]) -> object:  # noqa: N803 - boto3's word
        self.asked.append(registryIds)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def fake_boto3(monkeypatch: pytest.MonkeyPatch, answer: object) -> FakeBoto3:
    module = FakeBoto3(answer)
    errors = types.ModuleType("botocore.exceptions")
    config = types.ModuleType("botocore.config")
    vars(errors).update(BotoCoreError=KeyboardInterrupt, ClientError=RuntimeError)
    vars(config).update(Config=lambda **settings: settings)
    for name, fake in (("boto3", module), ("botocore.config", config), ("botocore.exceptions", errors)):
        monkeypatch.setitem(sys.modules, name, fake)
    monkeypatch.setitem(sys.modules, "botocore", types.ModuleType("botocore"))
    return module


def test_ecr_asks_boto3_where_there_is_no_helper(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"authorizationData": [{"authorizationToken": encoded("AWS", "twelve hours")}]}
    boto3 = fake_boto3(monkeypatch, answer)
    assert find_credentials(ECR, environment) == Found(Credentials("AWS", "twelve hours"))
    assert boto3.asked == [("ecr", "eu-central-1"), ["123456789012"]]


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (RuntimeError("AccessDenied"), "AWS gives no token for ECR: AccessDenied"),
        ({"authorizationData": []}, "AWS gives a token for ECR that is not understood: list index out of range"),
    ],
)
def test_what_boto3_does_not_give_is_remembered(
    answer: object, complaint: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_boto3(monkeypatch, answer)
    assert find_credentials(ECR, environment) == Found(None, (complaint,))


def test_ecr_without_helper_and_boto3_says_what_is_missing(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    (complaint,) = find_credentials(ECR, environment).complaints
    assert "docker-credential-ecr-login, a docker login, or boto3" in complaint


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
