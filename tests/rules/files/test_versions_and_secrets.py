"""Ranges of versions, held against packaging; and secrets in files, which no finding shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lambda_image_lint.rulekit.distributions import satisfies
from tests.rules.linting import named, only, run_context

numbers = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
relations = st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "~="]), numbers).map("".join)


@given(numbers, st.lists(relations, max_size=3))
def test_a_range_means_what_pip_takes_it_for(version: str, parts: list[str]) -> None:
    wanted = ",".join(parts)
    answer = satisfies(version, wanted)
    if answer is None:
        assert "~=" in wanted
    elif "~=" not in wanted:
        assert answer is SpecifierSet(wanted).contains(Version(version))


def test_what_is_no_plain_version_is_not_compared() -> None:
    assert satisfies("1.0rc1", ">=1.0") is None
    assert satisfies("1.0", "<2.0a.0") is None


BASE = 'FROM public.ecr.aws/lambda/python:3.13\nCOPY . ${LAMBDA_TASK_ROOT}/\nCMD ["app.handler"]\n'
KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"


@pytest.mark.parametrize(
    ("path", "content", "secret"),
    [
        (".env", "API_KEY=9f8e7d6c5b4a39281706\n", "9f8e7d6c5b4a39281706"),
        ("config/prod.env", "DB_PASSWORD='Tr0ub4dor-and-3'\n", "Tr0ub4dor-and-3"),
        (".netrc", "machine example.com login me password Tr0ub4dor3x\n", "Tr0ub4dor3x"),
        (".npmrc", "//r.example.com/:_authToken=npm_0123456789abcdefghijABCDEFGHIJ012345\n", "npm_0123456789"),
        ("terraform/prod.tfvars", 'db_password = "Tr0ub4dor-and-3"\n', "Tr0ub4dor-and-3"),
        ("id_rsa", f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}\n{KEY}\n-----END RSA PRIVATE KEY-----\n", KEY),
        ("service-account.json", f'{{"private_key": "-----BEGIN PRIVATE KEY-----\\n{KEY}\\n{KEY}\\n-----END PRIVATE KEY-----\\n"}}', KEY),
        ("config.json", '{"aws": "AKIAQ7X2M4N6B8V0C1Z3"}', "AKIAQ7X2M4N6B8V0C1Z3"),
    ],
)  # fmt: skip
def test_a_file_with_a_secret_is_an_error_that_does_not_show_it(path: str, content: str, secret: str) -> None:
    finding = only(run_context(BASE, {path: content, "app.py": ""}, "secret-file-copied"))
    assert path in finding.message
    assert secret not in finding.message + finding.help


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".env", "STAGE=prod\nDB_PASSWORD=\nAPI_KEY=changeme\nTOKEN=${TOKEN}\n"),
        (".env.example", "API_KEY=9f8e7d6c5b4a39281706\n"),
        (".npmrc", "//r.example.com/:_authToken=${NPM_TOKEN}\n"),
        ("tests/key.pem", f"-----BEGIN PRIVATE KEY-----\n{KEY}\n{KEY}\n-----END PRIVATE KEY-----\n"),
        ("node_modules/a/key.pem", f"-----BEGIN PRIVATE KEY-----\n{KEY}\n{KEY}\n-----END PRIVATE KEY-----\n"),
        ("ca.pem", f"-----BEGIN CERTIFICATE-----\n{KEY}\n-----END CERTIFICATE-----\n"),
        ("key.pem", f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{KEY}\n{KEY}\n-----END ENCRYPTED PRIVATE KEY-----\n"),
        ("config.py", "PASSWORD = os.environ['PASSWORD']\nKEY = 'AKIAIOSFODNN7EXAMPLE'\n"),
        ("prod.tfvars", 'region = "eu-west-1"\n'),
    ],
)
def test_a_file_that_has_only_the_name_of_one_is_none(path: str, content: str) -> None:
    assert named(run_context(BASE, {path: content, "app.py": ""}, "secret-file-copied")) == []
