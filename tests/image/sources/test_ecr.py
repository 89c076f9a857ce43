"""Private ECR: its hosts are told in every partition, and Amazon's helper or boto3 signs in there."""

import base64
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.session import Session
from botocore.stub import Stubber

from lambda_image_lint.cli import app
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.reference import Reference
from lambda_image_lint.image.sources import open_source
from lambda_image_lint.image.sources.credentials import Credentials, Found, find_credentials
from lambda_image_lint.image.sources.ecr import EcrRepository, ecr_repository
from tests.engines import Registry
from tests.image.sources.contract import IMAGE
from tests.image.sources.credential_helper import credential_helper
from tests.image.sources.pushing import push

ACCOUNT = "123456789012"
REGION_OF_HOST = {
    "dkr.ecr.eu-central-1.amazonaws.com": "eu-central-1",
    "dkr.ecr-fips.us-east-1.amazonaws.com": "us-east-1",
    "dkr-ecr.us-west-2.on.aws": "us-west-2",
    "dkr-ecr-fips.us-west-2.on.aws": "us-west-2",
    "dkr.ecr.us-gov-west-1.amazonaws.com": "us-gov-west-1",
    "dkr.ecr-fips.us-gov-east-1.amazonaws.com": "us-gov-east-1",
    "dkr-ecr-fips.us-gov-west-1.on.aws": "us-gov-west-1",
    "dkr.ecr.cn-north-1.amazonaws.com.cn": "cn-north-1",
    "dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn": "cn-northwest-1",
    "dkr.ecr.eusc-de-east-1.amazonaws.eu": "eusc-de-east-1",
    "dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu": "eusc-de-east-1",
    "dkr.ecr.us-iso-east-1.c2s.ic.gov": "us-iso-east-1",
    "dkr.ecr-fips.us-iso-west-1.c2s.ic.gov": "us-iso-west-1",
    "dkr.ecr.us-isob-east-1.sc2s.sgov.gov": "us-isob-east-1",
    "dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk": "eu-isoe-west-1",
    "dkr.ecr.us-isof-south-1.csp.hci.ic.gov": "us-isof-south-1",
}
"""Hosts without their account: classic, FIPS and dual-stack, in each partition."""


@pytest.mark.parametrize(("host", "region"), REGION_OF_HOST.items())
def test_a_host_of_every_partition_is_told(host: str, region: str) -> None:
    found = ecr_repository(f"{ACCOUNT}.{host}")
    assert found == EcrRepository(ACCOUNT, region, is_fips="-fips" in host, is_dual_stack="dkr-ecr" in host)
    assert ecr_repository(Reference.parse(f"{ACCOUNT}.{host.upper()}/team/app:1").hostname) is not None


@pytest.mark.parametrize(
    "host",
    [
        "public.ecr.aws",
        "gallery.ecr.aws",
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example",
        "evil.example.123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-central-1.evil.example",
        "123456789012.dkr.ecr.eu.central.1.amazonaws.com",
        "123456789012xdkr.ecr.eu-central-1.amazonaws.com",
        "123456789012.dkrxecr.eu-central-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-central-1.amazonawsxcom",
        "12345.dkr.ecr.eu-central-1.amazonaws.com",
        "1234567890123.dkr.ecr.eu-central-1.amazonaws.com",
        "123456789012.dkr.ecr.amazonaws.com",
        "ecr.eu-central-1.amazonaws.com",
    ],
)
def test_no_other_host_is_taken_for_private_ecr(host: str) -> None:
    assert ecr_repository(host) is None


def test_the_hosts_of_all_partitions_that_the_sdk_knows_are_told() -> None:
    session = Session()
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    known = {partition["id"] for partition in partitions}
    assert {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"} <= known
    for partition in partitions:
        for region in partition["regions"]:
            host = f"{ACCOUNT}.dkr.ecr.{region}.{partition['outputs']['dnsSuffix']}"
            assert ecr_repository(host) == EcrRepository(ACCOUNT, region, False), host


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An empty home without any program beyond the system's, and without credentials for AWS."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it has the credentials of whoever asked first
    return {"HOME": str(tmp_path), "PATH": f"{tmp_path}/bin:{os.defpath}"}


def reference(host: str) -> Reference:
    return Reference.parse(f"{ACCOUNT}.{host}/team/app:1")


ECHO = """read server; echo "{\\"Username\\": \\"AWS\\", \\"Secret\\": \\"$server\\"}" """
"""A helper that gives what it was asked for as the password."""


@pytest.mark.parametrize("host", REGION_OF_HOST)
def test_amazons_helper_is_asked_for_the_host_where_it_is_installed(host: str, environment: dict[str, str]) -> None:
    credential_helper(environment["HOME"], "ecr-login", ECHO)
    asked = reference(host)
    assert find_credentials(asked, environment) == Found(Credentials("AWS", asked.registry))


def test_amazons_helper_is_not_asked_for_other_registries(environment: dict[str, str]) -> None:
    credential_helper(environment["HOME"], "ecr-login", ECHO)
    assert find_credentials(Reference.parse("public.ecr.aws/lambda/python:3.12"), environment) == Found(None)
    assert find_credentials(Reference.parse("registry.example/app:1"), environment) == Found(None)


def test_public_ecr_is_signed_in_to_where_docker_would_be(environment: dict[str, str]) -> None:
    credential_helper(environment["HOME"], "ecr-login", ECHO)
    config = Path(environment["HOME"], ".docker/config.json")
    config.parent.mkdir()
    config.write_text('{"credHelpers": {"public.ecr.aws": "ecr-login"}}')
    found = find_credentials(Reference.parse("public.ecr.aws/lambda/python:3.12"), environment)
    assert found == Found(Credentials("AWS", "public.ecr.aws"))


class Stubbed:
    """boto3's real client, whose answers are the test's; what is asked for is checked against the service's model."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.endpoints: list[str] = []
        self.answers: list[Mapping[str, Any] | str] = []
        """What is answered, each once; a word is an error's code."""
        self._real = boto3.client
        monkeypatch.setattr(boto3, "client", self._client)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    def _client(self, *arguments: Any, **options: Any) -> Any:
        client = self._real(*arguments, **options)
        self.endpoints.append(client.meta.endpoint_url)
        stubber = Stubber(client)
        for answer in self.answers:
            if isinstance(answer, str):
                stubber.add_client_error("get_authorization_token", answer, "not for you")
            else:
                stubber.add_response("get_authorization_token", dict(answer), {"registryIds": [ACCOUNT]})
        stubber.activate()
        return client


@pytest.fixture
def stubbed(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Stubbed:
    stub = Stubbed(monkeypatch)
    stub.answers.append(token("AWS:twelve:hours"))
    return stub


def token(pair: str) -> dict[str, Any]:
    return {"authorizationData": [{"authorizationToken": base64.b64encode(pair.encode()).decode()}]}


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("dkr.ecr.eu-central-1.amazonaws.com", "https://api.ecr.eu-central-1.amazonaws.com"),
        ("dkr-ecr.us-west-2.on.aws", "https://ecr.us-west-2.api.aws"),
        ("dkr.ecr-fips.us-east-1.amazonaws.com", "https://ecr-fips.us-east-1.amazonaws.com"),
        ("dkr-ecr-fips.us-west-2.on.aws", "https://ecr-fips.us-west-2.api.aws"),
        ("dkr.ecr-fips.us-gov-west-1.amazonaws.com", "https://ecr-fips.us-gov-west-1.amazonaws.com"),
        ("dkr.ecr.cn-north-1.amazonaws.com.cn", "https://api.ecr.cn-north-1.amazonaws.com.cn"),
        ("dkr.ecr.eusc-de-east-1.amazonaws.eu", "https://api.ecr.eusc-de-east-1.amazonaws.eu"),
        ("dkr.ecr.us-iso-east-1.c2s.ic.gov", "https://api.ecr.us-iso-east-1.c2s.ic.gov"),
        ("dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "https://api.ecr.us-isob-east-1.sc2s.sgov.gov"),
        ("dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "https://api.ecr.eu-isoe-west-1.cloud.adc-e.uk"),
        ("dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "https://api.ecr.us-isof-south-1.csp.hci.ic.gov"),
    ],
)
def test_boto3_asks_the_service_of_the_hosts_region_where_there_is_no_helper(
    host: str, endpoint: str, stubbed: Stubbed, environment: dict[str, str]
) -> None:
    assert find_credentials(reference(host), environment) == Found(Credentials("AWS", "twelve:hours"))
    assert stubbed.endpoints == [endpoint]


def test_the_users_settings_say_which_service_signs_in_where_the_host_does_not(
    stubbed: Stubbed, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    find_credentials(reference("dkr.ecr.us-east-1.amazonaws.com"), environment)
    assert stubbed.endpoints == ["https://ecr-fips.us-east-1.amazonaws.com"]


def test_boto3_is_asked_where_the_helper_fails(stubbed: Stubbed, environment: dict[str, str]) -> None:
    credential_helper(environment["HOME"], "ecr-login", "echo no role >&2; exit 1")
    found = find_credentials(reference("dkr.ecr.eu-central-1.amazonaws.com"), environment)
    assert found == Found(Credentials("AWS", "twelve:hours"), ("docker-credential-ecr-login failed: no role",))


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (
            "AccessDeniedException",
            "AWS gives no token for ECR: An error occurred (AccessDeniedException) when calling the "
            "GetAuthorizationToken operation: not for you",
        ),
        ({"authorizationData": []}, "AWS gives a token for ECR that is not understood: list index out of range"),
    ],
)
def test_what_boto3_does_not_give_is_remembered(
    answer: Any, complaint: str, stubbed: Stubbed, environment: dict[str, str]
) -> None:
    stubbed.answers = [answer]
    assert find_credentials(reference("dkr.ecr.eu-central-1.amazonaws.com"), environment) == Found(None, (complaint,))


def test_without_credentials_for_aws_that_is_what_is_missing(environment: dict[str, str]) -> None:
    found = find_credentials(reference("dkr.ecr.eu-central-1.amazonaws.com"), environment)
    assert found == Found(None, ("AWS gives no token for ECR: Unable to locate credentials",))


def test_without_helper_and_boto3_those_are_what_is_missing(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    (complaint,) = find_credentials(reference("dkr.ecr.eu-central-1.amazonaws.com"), environment).complaints
    assert "docker-credential-ecr-login, a docker login, or boto3" in complaint


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """ECR's hosts lead to this machine."""
    real = socket.getaddrinfo

    def resolve(host: str, *arguments: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host.startswith(ACCOUNT) else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize("by", ["Amazon's helper", "boto3"])
def test_an_image_in_ecr_is_read_with_the_credentials_that_were_found(
    by: str,
    auth_registry: Registry,
    docker_home: Path,
    resolved: None,
    stubbed: Stubbed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    push(auth_registry, "team/app", IMAGE)
    host = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
    if by == "boto3":
        stubbed.answers = [token(f"{auth_registry.user}:{auth_registry.password}")]
    else:
        answer = f'{{"Username": "{auth_registry.user}", "Secret": "{auth_registry.password}"}}'
        folder = credential_helper(str(docker_home), "ecr-login", f"echo '{answer}'")
        monkeypatch.setenv("PATH", f"{folder}:{os.defpath}")
    word = f"registry:{host}:{auth_registry.address.rpartition(':')[2]}/team/app:1"
    with Image(open_source(word, insecure_registries=[host])) as image:
        assert [layer.diff_id for layer in image.layers] == IMAGE.diff_ids
    assert len(stubbed.endpoints) == (by == "boto3")


def test_who_has_no_credentials_is_told_what_could_not_give_them(
    auth_registry: Registry,
    docker_home: Path,
    resolved: None,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    registry = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com:{auth_registry.address.rpartition(':')[2]}"
    words = ["check", "--isolated", "-f", "json", "--insecure-registry", registry, f"registry:{registry}/team/app:1"]
    with pytest.raises(SystemExit) as ended:
        app(words, prog_name="lint-image")
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        f"error: registry:{registry}/team/app:1: registry {registry} shows team/app to nobody without credentials "
        "(AWS gives no token for ECR: Unable to locate credentials)",
        f"  help: Run docker login {registry}",
    ]
