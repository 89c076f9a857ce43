"""What programs make of an empty input, held against the rule that relies on it."""

import shutil
import subprocess

import pytest

from tests.rules.linting import named, run_dockerfile

FOUND = [("pipe-failure-ignored", "info")]


@pytest.mark.parametrize(
    "reader",
    [
        "tee /dev/null", "sed s/a/b/", "awk 1", "cut -d. -f1", "tr a b", "sort", "uniq", "wc -l", "cat", "base64 -d", "jq -r .x",
        "pip install --no-index -r /dev/stdin",
    ],
)  # fmt: skip
def test_a_reader_that_ends_well_on_nothing_is_told(reader: str) -> None:
    if shutil.which(reader.split()[0]) is not None:
        assert _status(reader) == 0
    dockerfile = f"FROM public.ecr.aws/lambda/python:3.13\nRUN poetry export | {reader}\n"
    assert named(run_dockerfile(dockerfile, "pipe-failure-ignored")) == FOUND


@pytest.mark.parametrize(
    "reader",
    ["tar x", "tar xz", "tar xJ", "tar xj", "gunzip", "gzip -d", "xz -d", "gpg --dearmor", "grep x", "sha256sum -c -"],
)
def test_a_reader_that_finds_out_itself_is_not_told(reader: str) -> None:
    if shutil.which(reader.split()[0]) is not None:
        assert _status(reader) != 0
    dockerfile = f"FROM public.ecr.aws/lambda/python:3.13\nRUN curl -fsSL https://example.com | {reader}\n"
    assert named(run_dockerfile(dockerfile, "pipe-failure-ignored")) == []


def _status(reader: str) -> int:
    return subprocess.run(reader.split(), input=b"", capture_output=True, check=False, timeout=60).returncode


@pytest.mark.parametrize(
    ("base", "fixable"),
    [
        ("public.ecr.aws/lambda/python:3.13", True),
        ("public.ecr.aws/lambda/python:3.11", True),
        ("alpine:3.22", True),
        ("debian:12", False),
        ("python:3.13-slim", False),
        ("example.com/own:1", False),
    ],
)
def test_the_option_is_offered_where_the_shell_knows_it(base: str, fixable: bool) -> None:
    outcome = run_dockerfile(f"FROM {base}\nRUN cat a | sort > /opt/b\n", "pipe-failure-ignored")
    assert [result.finding.fix is not None for result in outcome.results] == [fixable]


@pytest.mark.parametrize(
    "run",
    [
        "curl -f https://example.com | tee /opt/x; touch /opt/y",
        "curl -f https://example.com | tee /opt/x || true",
        "if curl -f https://example.com | tee /opt/x; then touch /opt/y; fi",
        'export V=$(curl -f https://example.com | jq .v) && touch "/opt/$V"',
        "echo a | tee /opt/x",
        "yes | tee /opt/x",
    ],
)
def test_a_failure_that_would_not_end_the_build_anyhow_or_cannot_be_is_not_told(run: str) -> None:
    assert named(run_dockerfile(f"FROM debian:12\nRUN {run}\n", "pipe-failure-ignored")) == []


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("debian:11", True),
        ("debian:13", True),
        ("ubuntu:22.04", True),
        ("ubuntu:24.04", True),
        ("ubuntu:26.04", False),
        ("debian:sid", False),
        ("alpine:3.22", False),
        ("public.ecr.aws/lambda/nodejs:22", False),
        ("example.com/own:1", False),
    ],
)
def test_only_a_dash_that_certainly_lacks_the_option_is_told(base: str, told: bool) -> None:
    outcome = run_dockerfile(f"FROM {base}\nRUN set -eo pipefail; true\n", "shell-without-pipefail")
    assert named(outcome) == ([("shell-without-pipefail", "error")] if told else [])
