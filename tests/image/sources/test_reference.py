"""References mean to us what they mean to ``docker pull``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.reference import Reference, is_digest, is_image_id

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("text", "registry", "endpoint", "repository", "tag", "digest"),
    [
        ("python", "docker.io", "registry-1.docker.io", "library/python", "latest", None),
        ("python:3.12-slim", "docker.io", "registry-1.docker.io", "library/python", "3.12-slim", None),
        ("team/app", "docker.io", "registry-1.docker.io", "team/app", "latest", None),
        ("docker.io/python", "docker.io", "registry-1.docker.io", "library/python", "latest", None),
        ("index.docker.io/library/python:3", "docker.io", "registry-1.docker.io", "library/python", "3", None),
        (f"python@{DIGEST}", "docker.io", "registry-1.docker.io", "library/python", None, DIGEST),
        (f"python:3@{DIGEST}", "docker.io", "registry-1.docker.io", "library/python", "3", DIGEST),
        ("localhost/app:1", "localhost", "localhost", "app", "1", None),
        ("localhost:5000/a/b_c/d--e:1", "localhost:5000", "localhost:5000", "a/b_c/d--e", "1", None),
        ("GHCR.io/team/app", "ghcr.io", "ghcr.io", "team/app", "latest", None),
        ("[::1]:5000/app:v1", "[::1]:5000", "[::1]:5000", "app", "v1", None),
        ("public.ecr.aws/lambda/python:3.12", "public.ecr.aws", "public.ecr.aws", "lambda/python", "3.12", None),
    ],
)
def test_a_reference_is_taken_apart_as_docker_does(
    text: str, registry: str, endpoint: str, repository: str, tag: str | None, digest: str | None
) -> None:
    reference = Reference.parse(text)
    assert reference == Reference(registry, repository, tag, digest)
    assert reference.endpoint == endpoint
    assert reference.manifest_name == (digest or tag)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("App:1", 'the name has capital letters, which no repository has: "App"'),
        ("app:", 'the tag "" is not 1 to 128 letters, digits, dots, dashes and underscores'),
        ("app:-x", 'the tag "-x" is not 1 to 128 letters, digits, dots, dashes and underscores'),
        ("app@sha256:abc", 'the digest "sha256:abc" is not sha256: and 64 hexadecimal digits in lower case'),
        ("a//b", "a part of the name is empty"),
        ("../etc/passwd", '".." is not a host name with an optional port'),
        ("a/../b", '".." is not letters and digits joined by single dots, dashes or underscores'),
        ("localhost:port/app", '"localhost:port" is not a host name with an optional port'),
        ("a" * 64, None),
        ("ab" * 32, "this is the id of an image in a daemon, not a name in a registry"),
        ("x/" + "a" * 260, "registry and name are longer than 255 characters"),
    ],
)
def test_a_malformed_reference_says_which_part_is_wrong(text: str, reason: str | None) -> None:
    if reason is None:
        reason = "this is the id of an image in a daemon, not a name in a registry"
    with pytest.raises(SourceError) as error:
        Reference.parse(text)
    assert error.value.message == f'"{text}" is not an image reference: {reason}'


@pytest.mark.parametrize(
    ("text", "hostname", "is_loopback"),
    [
        ("localhost:5000/app", "localhost", True),
        ("127.0.0.1:5000/app", "127.0.0.1", True),
        ("[::1]/app", "::1", True),
        ("127.evil.example/app", "127.evil.example", False),
        ("localhost.example:80/app", "localhost.example", False),
        ("10.0.0.1/app", "10.0.0.1", False),
    ],
)
def test_only_this_machine_is_loopback(text: str, hostname: str, is_loopback: bool) -> None:
    reference = Reference.parse(text)
    assert (reference.hostname, reference.is_loopback) == (hostname, is_loopback)


def test_digests_and_ids_are_told_by_their_whole_shape() -> None:
    assert is_digest(DIGEST)
    assert not is_digest(DIGEST + "\n")
    assert not is_digest("sha256:../../../../etc/passwd")
    assert not is_digest(DIGEST.upper())
    assert is_image_id("sha256:abcd")
    assert not is_image_id("abcd")


@given(st.text(max_size=40))
def test_any_text_is_a_reference_that_reads_back_or_one_clear_error(text: str) -> None:
    try:
        read_back = str(Reference.parse(text))
    except SourceError as error:
        said = error.message
    else:
        said = ""
        assert str(Reference.parse(read_back)) == read_back
    assert not said or said.startswith(f'"{text}" is not an image reference: ')
