"""Credentials reach the registry that they are for, in the form that it asks for, and nobody else."""

import base64
import json
import socket
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from lambda_image_lint.image.sources.limits import Limits
from tests.engines import Registry, run
from tests.image.sources.dialects import docker_20, small_image
from tests.image.sources.fake_registry import Answer, Asked, FakeRegistry, serve

LIMITS = Limits(connect_seconds=1, read_seconds=1, answer_seconds=3, first_wait_seconds=0.05)
IMAGE = small_image()
PAIR = base64.b64encode(b"lint:correct horse").decode()


@pytest.fixture
def fake(docker_home: Path) -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.put(IMAGE)
    with serve(registry) as served:
        yield served


def log_in(home: Path, registry: str, entry: dict[str, str]) -> None:
    (home / ".docker/config.json").write_text(json.dumps({"auths": {registry: entry}}))


def diff_ids(word: str, **options: object) -> list[str]:
    with Image(open_source(word, limits=LIMITS, **options)) as image:  # type: ignore[arg-type]
        assert image.layers.problems == ()
        return [layer.diff_id for layer in image.layers]


class TokenServer:
    """Hands out tokens that hold for a number of requests."""

    def __init__(self, registry: FakeRegistry, *, want: str | None, holds: int = 1000) -> None:
        self.registry = registry
        self.realm = f"http://{registry.address}/token"
        self.want = want
        """What a question for a token must carry as Authorization; None: nothing, and it must carry nothing."""
        self.holds = holds
        self.left = 0
        self.made = 0

    def __call__(self, answer: Answer, asked: Asked) -> bool:
        path, _, query = asked.path.partition("?")
        if path == "/token":
            self._make(answer, asked, query)
            return True
        if asked.path == "/v2/":
            return False
        if asked.headers.get("authorization") == f"Bearer token-{self.made}" and self.left:
            self.left -= 1
            return False
        challenge = f'Bearer realm="{self.realm}",service="fake",scope="repository:app:pull"'
        answer.send(401, b"{}", {"WWW-Authenticate": challenge})
        return True

    def _make(self, answer: Answer, asked: Asked, query: str) -> None:
        values = urllib.parse.parse_qs(asked.body.decode() if asked.method == "POST" else query)
        assert (values["service"], values["scope"]) == (["fake"], ["repository:app:pull"])
        given = values["refresh_token"][0] if asked.method == "POST" else asked.headers.get("authorization")
        if given != self.want:
            answer.send(401, b"{}")
            return
        self.made += 1
        self.left = self.holds
        answer.send(200, json.dumps({"token": f"token-{self.made}"}).encode())


def test_a_token_is_had_anonymously_where_there_are_no_credentials(fake: FakeRegistry) -> None:
    server = fake.misbehave = TokenServer(fake, want=None)
    assert diff_ids(f"registry:{fake.address}/app:1") == IMAGE.diff_ids
    assert server.made == 1


def test_a_token_is_had_with_the_password(fake: FakeRegistry, docker_home: Path) -> None:
    log_in(docker_home, fake.address, {"auth": PAIR})
    fake.misbehave = TokenServer(fake, want=f"Basic {PAIR}")
    assert diff_ids(f"registry:{fake.address}/app:1") == IMAGE.diff_ids


def test_a_token_is_had_with_an_identity_token(fake: FakeRegistry, docker_home: Path) -> None:
    log_in(docker_home, fake.address, {"identitytoken": "long-lived"})
    fake.misbehave = TokenServer(fake, want="long-lived")
    assert diff_ids(f"registry:{fake.address}/app:1") == IMAGE.diff_ids


def test_a_token_that_has_expired_is_renewed(fake: FakeRegistry) -> None:
    server = fake.misbehave = TokenServer(fake, want=None, holds=2)
    assert diff_ids(f"registry:{fake.address}/app:1") == IMAGE.diff_ids
    assert server.made >= 2


def test_a_token_server_that_refuses_is_the_end(fake: FakeRegistry, docker_home: Path) -> None:
    log_in(docker_home, fake.address, {"auth": PAIR})
    fake.misbehave = TokenServer(fake, want="Basic other")
    with pytest.raises(SourceError) as error:
        diff_ids(f"registry:{fake.address}/app:1")
    assert (error.value.message, error.value.help) == (
        f"registry {fake.address} refuses app to the credentials that were found",
        f"Run docker login {fake.address}",
    )


@pytest.mark.parametrize(
    ("realm", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data", "leads to the link-local address 169.254.169.254"),
        ("file:///etc/passwd", "leads to file:///etc/passwd, which is no web address"),
    ],
)
def test_a_token_is_not_asked_for_just_anywhere(fake: FakeRegistry, realm: str, reason: str) -> None:
    server = fake.misbehave = TokenServer(fake, want=None)
    server.realm = realm
    with pytest.raises(SourceError) as error:
        diff_ids(f"registry:{fake.address}/app:1")
    assert reason in error.value.message


def test_a_password_goes_to_a_registry_that_asks_for_it(fake: FakeRegistry, docker_home: Path) -> None:
    def ask(answer: Answer, asked: Asked) -> bool:
        if asked.headers.get("authorization") == f"Basic {PAIR}" or asked.path == "/v2/":
            return False
        answer.send(401, b"{}", {"WWW-Authenticate": 'Basic realm="fake"'})
        return True

    fake.misbehave = ask
    with pytest.raises(SourceError) as error:
        diff_ids(f"registry:{fake.address}/app:1")
    assert error.value.message == f"registry {fake.address} shows app to nobody without credentials"
    log_in(docker_home, fake.address, {"auth": PAIR})
    assert diff_ids(f"registry:{fake.address}/app:1") == IMAGE.diff_ids


def test_what_denied_a_credential_helper_is_told_where_the_registry_refuses(
    fake: FakeRegistry, docker_home: Path
) -> None:
    (docker_home / ".docker/config.json").write_text('{"credsStore": "not-here"}')

    def refuse(answer: Answer, asked: Asked) -> bool:
        answer.send(403, b"{}")
        return True

    fake.misbehave = refuse
    with pytest.raises(SourceError) as error:
        diff_ids(f"registry:{fake.address}/app:1")
    assert error.value.message == (
        f"registry {fake.address} shows app to nobody without credentials (docker-credential-not-here is not installed)"
    )


def test_the_real_registry_with_a_password(
    auth_registry: Registry, skopeo: str, docker_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "image.tar").write_bytes(docker_20(IMAGE))
    login = f"{auth_registry.user}:{auth_registry.password}"
    copy = [skopeo, "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false", "--dest-creds", login]
    run([*copy, f"docker-archive:{tmp_path}/image.tar", f"docker://{auth_registry.address}/app:1"])
    with pytest.raises(SourceError, match="to nobody without credentials"):
        diff_ids(f"registry:{auth_registry.address}/app:1")
    log_in(docker_home, auth_registry.address, {"auth": base64.b64encode(login.encode()).decode()})
    assert diff_ids(f"registry:{auth_registry.address}/app:1") == IMAGE.diff_ids


def test_a_redirect_takes_no_credentials_to_another_host(fake: FakeRegistry, docker_home: Path) -> None:
    log_in(docker_home, fake.address, {"auth": PAIR})
    # What curl and requests would take for a redirect's host, were they let.
    netrc = docker_home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    tokens = TokenServer(fake, want=f"Basic {PAIR}")
    with serve(FakeRegistry(blobs=fake.blobs)) as storage:

        def redirect(answer: Answer, asked: Asked) -> bool:
            if tokens(answer, asked):
                return True
            if "/blobs/" not in asked.path:
                return False
            answer.send(307, headers={"Location": f"http://{storage.address}{asked.path}"})
            return True

        fake.misbehave = redirect
        assert diff_ids(f"registry:{fake.address}/app:1") == IMAGE.diff_ids
        assert len(storage.asked) >= 4
        assert [asked for asked in storage.asked if "authorization" in asked.headers] == []
    sent = {asked.headers.get("authorization") for asked in fake.asked if asked.path.startswith("/v2/app")}
    assert sent == {None, "Bearer token-1"}


def test_redirects_end(fake: FakeRegistry, docker_home: Path) -> None:
    def around(answer: Answer, asked: Asked) -> bool:
        answer.send(302, headers={"Location": asked.path})
        return True

    fake.misbehave = around
    with pytest.raises(SourceError) as error:
        diff_ids(f"registry:{fake.address}/app:1")
    assert error.value.message == f"registry {fake.address} answers 302 to a request for app manifests/1"
    assert len(fake.paths()) == 6


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``ca.crt``, and ``server.crt`` with ``server.key`` for 127.0.0.1, which it has signed."""
    folder = tmp_path_factory.mktemp("certificates")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=lint-image test"]
    authority = [*made, "-keyout", str(folder / "ca.key"), "-out", str(folder / "ca.crt")]
    subprocess.run(authority, check=True, capture_output=True)
    server = [*made, "-addext", "subjectAltName=IP:127.0.0.1", "-CA", str(folder / "ca.crt"), "-CAkey"]
    server += [str(folder / "ca.key"), "-keyout", str(folder / "server.key"), "-out", str(folder / "server.crt")]
    subprocess.run(server, check=True, capture_output=True)
    return folder


@pytest.fixture
def tls(certificates: Path, docker_home: Path) -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    registry.put(IMAGE)
    with serve(registry, (certificates / "server.crt", certificates / "server.key")) as served:
        yield served


@pytest.mark.toolchain("openssl")
def test_an_authority_that_nobody_knows_is_not_trusted(tls: FakeRegistry) -> None:
    with pytest.raises(SourceError) as error:
        diff_ids(f"registry:{tls.address}/app:1")
    assert error.value.message.startswith(f"registry {tls.address} cannot be trusted: ")
    assert "certificate verify failed" in error.value.message
    assert f"/etc/docker/certs.d/{tls.address}/ca.crt" in error.value.help
    assert tls.asked == []


@pytest.mark.toolchain("openssl")
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_the_environment_names_an_authority(
    tls: FakeRegistry, certificates: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(certificates / "ca.crt"))
    assert diff_ids(f"registry:{tls.address}/app:1") == IMAGE.diff_ids


@pytest.mark.toolchain("openssl")
def test_an_authority_is_filed_for_one_registry(tls: FakeRegistry, certificates: Path, docker_home: Path) -> None:
    folder = docker_home / ".config/containers/certs.d" / tls.address
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes((certificates / "ca.crt").read_bytes())
    assert diff_ids(f"registry:{tls.address}/app:1") == IMAGE.diff_ids
    (folder / "ca.crt").write_text("no certificate")
    with pytest.raises(SourceError, match=r"the certificate .*/ca\.crt cannot be used"):
        diff_ids(f"registry:{tls.address}/app:1")


@pytest.mark.toolchain("openssl")
def test_an_insecure_registry_is_trusted_as_it_is(tls: FakeRegistry) -> None:
    assert diff_ids(f"registry:{tls.address}/app:1", insecure_registries=[tls.address]) == IMAGE.diff_ids


def test_plain_http_is_not_tried_beyond_this_machine(
    fake: FakeRegistry, monkeypatch: pytest.MonkeyPatch, docker_home: Path
) -> None:
    real = socket.getaddrinfo

    def resolve(host: str, *arguments: object, **options: object) -> object:
        return real("127.0.0.1" if host == "registry.example" else host, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    name = f"registry.example:{fake.address.rpartition(':')[2]}"
    with pytest.raises(SourceError, match="cannot be trusted"):
        diff_ids(f"registry:{name}/app:1")
    assert fake.asked == []
    assert diff_ids(f"registry:{name}/app:1", insecure_registries=["registry.example"]) == IMAGE.diff_ids
