"""What looks like a secret, and what only looks so at first sight."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.secrets import find_secrets, looks_secret

# Assembled here, so that no scanner takes this file for a leak.
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
STRIPE = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
SLACK = "xoxb-" + "123456789012-abcdefABCDEF"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"
AWS_ID = "AKIA" + "QYLPMN5HZ3XW7T2B"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKEY"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAz\nabc+/=\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("AWS_ACCESS_KEY_ID", AWS_ID, "AWS access key id"),
        ("ANYTHING", f"prefix {GITHUB}", "GitHub token"),
        ("X", STRIPE, "Stripe key"),
        ("X", SLACK, "Slack token"),
        ("X", JWT, "JSON Web Token"),
        ("X", PEM, "private key"),
        ("X", "npm_" + "aB3" * 12, "npm token"),
        ("DATABASE_URL", "postgres://app:hunter2@db/app", "password in a URL"),
        ("PIP_INDEX_URL", "https://a1b2c3d4e5f6a7b8c9d0@pypi.example/simple", "token in a URL"),
        ("AWS_SECRET_ACCESS_KEY", AWS_SECRET, "value of AWS_SECRET_ACCESS_KEY"),
        ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE", "value of AWS_SESSION_TOKEN"),
        ("DB_PASSWORD", "hunter2", "value of DB_PASSWORD"),
        ("DB_PASS", "hunter2", "value of DB_PASS"),
        ("PGPASSWORD", "12345678", "value of PGPASSWORD"),
        ("apiToken", "q8w7e6r5", "value of apiToken"),
        ("client-secret", "q8w7e6r5", "value of client-secret"),
        ("DJANGO_SECRET_KEY", "django-insecure-abc!", "value of DJANGO_SECRET_KEY"),
        ("DJANGO_SECRET_KEY", "django-insecure-q8w7e6r5t4", "value of DJANGO_SECRET_KEY"),
        ("DB_PASSWORD", "orders-in-winter", "value of DB_PASSWORD"),
        ("DB_PASSWORD", "contest_winner", "value of DB_PASSWORD"),
        ("STRIPE_API_KEY", "q8w7e6r5", "value of STRIPE_API_KEY"),
        ("STRIPE_API_KEY_PROD", "q8w7e6r5", "value of STRIPE_API_KEY_PROD"),
        ("mapsApiKeyDev", "q8w7e6r5", "value of mapsApiKeyDev"),
        ("COOKIE_KEY", "f3b9a1c07d2e4f5a6b7c8d9e", "value of COOKIE_KEY"),
        ("DB_PASSWORD", "${DB_PASSWORD:-hunter2}", "value of DB_PASSWORD"),
    ],
)
def test_a_secret_is_told_with_its_kind(name: str, value: str, kind: str) -> None:
    assert looks_secret(name, value) == kind


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("API_TOKEN", value)
            for value in ("", "true", "none", "changeme", "CHANGE_ME", "xxx", "xxxxxxxx", "********")
        ),
        *(
            ("SECRET_KEY", value)
            for value in (
                "only-at-build-time",
                "local-dev-jwt-secret-not-for-production",
                "session.key.development.only",
                "not_used_here",
                "dummy-for-static-files",
                "Placeholder.set.later.2",
                "test_key_1",
            )
        ),
        *(
            ("API_TOKEN", value)
            for value in ("<token>", "<your token here>", "{{ token }}", "%TOKEN%", "your-token-here")
        ),
        *(
            ("API_TOKEN", value)
            for value in ("$TOKEN", "${TOKEN}", "${TOKEN:-}", "${TOKEN:?missing}", "$(cat token)", "`cat t`")
        ),
        *(("API_TOKEN", value) for value in ("/run/secrets/token", "./token.txt", "~/.token", "4096", "abc")),
        ("API_TOKEN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-a1b2c3"),
        ("API_TOKEN", "{{resolve:secretsmanager:token}}"),
        ("TOKEN_ENDPOINT", "https://login.example/token"),
        *(
            (name, "hunter2hunter2")
            for name in ("DB_PASSWORD_FILE", "TOKEN_PATH", "SECRET_NAME", "SECRET_ARN", "TOKEN_URL")
        ),
        *((name, "hunter2hunter2") for name in ("SECRET_ID", "KMS_KEY_ALIAS", "TOKEN_TTL", "MAX_TOKENS", "TOKENIZER")),
        ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "2773"),
        ("PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", "true"),
        ("SORT_KEY", "created_at"),
        ("PARTITION_KEY", "customer-id"),
        ("S3_KEY", "models/2024/resnet50.bin"),
        ("MONKEY", "f3b9a1c07d2e4f5a6b7c8d9e"),
        ("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568"),
        ("SSH_PUBLIC_KEY", "AAAAB3NzaC1yc2EAAAADAQABAAABgQC7"),
        ("PYTHON_SHA256", "2a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d"),
        ("PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("REPOSITORY", "git+ssh://git@github.com/owner/name.git"),
        ("DATABASE_URL", "postgres://app:${DB_PASSWORD}@db/app"),
        ("DATABASE_URL", "postgres://postgres:password@localhost/test"),
        ("PWD", "/var/task"),
        ("PACKAGE", "sk-learn-something-very-long-name"),
    ],
)
def test_what_is_no_secret_is_left_alone(name: str, value: str) -> None:
    assert looks_secret(name, value) is None


def secrets_of(text: str, *, dockerfile: bool = False) -> list[str]:
    return [text[secret.start : secret.end] for secret in find_secrets(text, dockerfile=dockerfile)]


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("ENV DB_PASSWORD=hunter2 MODE=fast", ["hunter2"]),
        ("ENV API_TOKEN= MODE=fast", []),
        ('ENV DB_PASSWORD="two words" X=1', ["two words"]),
        ("ENV DB_PASSWORD='two words'", ["two words"]),
        ("ENV DB_PASSWORD=two\\ words X=1", ["two\\ words"]),
        ("RUN DB_PASSWORD=hunter2; make", ["hunter2"]),
        ('RUN DB_PASSWORD="hunter2 and no end', ["hunter2"]),
        ("|2 MODE=fast NPM_TOKEN=q8w7e6r5 /bin/sh -c npm ci", ["q8w7e6r5"]),
        ('CMD ["app", "--token", "q8w7e6r5"]', ["q8w7e6r5"]),
        ("app --db-password hunter2 --verbose", ["hunter2"]),
        ("app --password-stdin hunter2", []),
        ("app --token=q8w7e6r5", ["q8w7e6r5"]),
        ('{"password": "hunter2", "user": "bob"}', ["hunter2"]),
        ('echo "{\\"password\\":\\"hunter2\\"}"', ["hunter2"]),
        ("password: hunter2", ["hunter2"]),
        ("//npm.example.com/:_authToken=q8w7e6r5", ["q8w7e6r5"]),
        ("npm config set //npm.example.com/:_authToken q8w7e6r5", ["q8w7e6r5"]),
        (f"aws configure set aws_secret_access_key {AWS_SECRET}", [AWS_SECRET]),
        ('curl -H "Authorization: Bearer q8w7e6r5t4" https://x', ["q8w7e6r5t4"]),
        ("curl -u bob:hunter2 https://x", ["hunter2"]),
        ("docker run --user 1000:1000 x", []),
        ("sshpass -p hunter2 ssh x", ["hunter2"]),
        ("git clone https://bob:hunter2@github.com/a/b", ["hunter2"]),
        ("https://bob:p@ss:w@rd@host/x@y", ["p@ss:w@rd"]),
        ("https://x/?a=1&token=q8w7e6r5", ["q8w7e6r5"]),
        (f"{AWS_ID},{GITHUB}", [AWS_ID, GITHUB]),
        (f"NPM_TOKEN={GITHUB}", [GITHUB]),
        ("RUN --mount=type=secret,id=npm_token,target=/root/.npmrc npm ci", []),
        ("docker build --secret id=npm_token,src=.npmrc .", []),
        ("the token: missing in the image", []),
        ("secret-file-copied: COPY takes .env", []),
        ("a password is asked for", []),
        ("COPY --from=ghcr.io/astral-sh/uv@sha256:" + "ab12" * 16 + " /uv /bin/", []),
    ],
)
def test_secrets_are_found_where_they_stand_in_text(text: str, secrets: list[str]) -> None:
    assert secrets_of(text) == secrets


def test_the_old_form_of_env_takes_the_line_in_a_dockerfile_only() -> None:
    assert secrets_of("FROM x\nENV API_TOKEN two words \nRUN y", dockerfile=True) == ["two words"]
    assert secrets_of("ENV API_TOKEN holds a value") == []


def test_a_private_key_is_its_body_up_to_the_end_line() -> None:
    assert secrets_of(f"a {PEM} b") == ["\nMIIEowIBAAKCAQEAz\nabc+/=\n"]
    assert secrets_of(PEM.partition("abc")[0]) == ["\nMIIEowIBAAKCAQEAz\n"]


HOSTILE = (
    "token=", "token=$", "a-", "A", "token", "--token ", 'password="', '\\"password\\":\\"', "://a:b", "curl -u a:", "eyJ",
    "authorization:", "eyJaaaaa.", "config set a ", "sk-", "-----BEGIN PRIVATE KEY-----", "docker login ", "'token' :",
    "bearer ", "\nENV A B", 'token="\\', "AKIA", "SG.", "://@", "token: ", "***", "xoxb-",
)  # fmt: skip


def _processor_seconds(text: str) -> float:
    start = time.process_time()
    list(find_secrets(text, dockerfile=True))
    return time.process_time() - start


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_hostile_line_takes_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        return min(_processor_seconds(text) for _ in range(3))

    # Quadratic work would take sixteen times as long.
    assert seconds(400_000) < 0.2 + 10 * seconds(100_000)


@given(st.lists(st.sampled_from([*HOSTILE, GITHUB, JWT, "hunter2", " ", "\n", '"', "'", "\\", "=", "${", "}", "é"])))
def test_secrets_come_in_order_and_never_overlap(pieces: list[str]) -> None:
    text = "".join(pieces)
    position = 0
    for secret in find_secrets(text, dockerfile=True):
        assert position <= secret.start < secret.end <= len(text)
        position = secret.end
