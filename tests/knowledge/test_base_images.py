"""References to AWS's base images, in every form that people write."""

from datetime import date

import pytest

from lambda_image_lint import knowledge


@pytest.mark.parametrize(
    ("reference", "language", "version", "os", "runtime"),
    [
        ("public.ecr.aws/lambda/python:3.12", "python", "3.12", "al2023", "python3.12"),
        ("public.ecr.aws/lambda/python:3.12-arm64", "python", "3.12", "al2023", "python3.12"),
        ("public.ecr.aws/lambda/python:3.12.2024.01.05.15", "python", "3.12", "al2023", "python3.12"),
        ("public.ecr.aws/lambda/python:3.9.2023.11.18.02-x86_64", "python", "3.9", "al2", "python3.9"),
        ("public.ecr.aws/lambda/python:3.12@sha256:" + "a" * 64, "python", "3.12", "al2023", "python3.12"),
        ("amazon/aws-lambda-nodejs:18", "nodejs", "18", "al2", "nodejs18.x"),
        ("docker.io/amazon/aws-lambda-nodejs:20", "nodejs", "20", "al2023", "nodejs20.x"),
        ("public.ecr.aws/lambda/java:8.al2", "java", "8.al2", "al2", "java8.al2"),
        ("public.ecr.aws/lambda/java:17.al2023", "java", "17.al2023", "al2023", "java17.al2023"),
        ("public.ecr.aws/lambda/dotnet:core3.1", "dotnet", "core3.1", "al2", "dotnetcore3.1"),
        ("public.ecr.aws/lambda/provided:al2023.2026.08.19.14", "provided", "al2023", "al2023", "provided.al2023"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/ecr-public/lambda/ruby:3.3", "ruby", "3.3", "al2023", "ruby3.3"),
    ],
)
def test_a_tag_tells_version_system_and_runtime(
    reference: str, language: str, version: str, os: str, runtime: str
) -> None:
    base = knowledge.aws_base(reference)
    assert base is not None
    assert (base.language, base.version, base.os, base.runtime) == (language, version, os, runtime)
    assert base.known


@pytest.mark.parametrize("tag", ["", ":latest", "@sha256:" + "a" * 64])
def test_a_moving_tag_tells_no_version(tag: str) -> None:
    base = knowledge.aws_base(f"public.ecr.aws/lambda/python{tag}")
    assert base is not None
    assert (base.version, base.runtime, base.known) == (None, None, False)
    # What is newest stands on AL2023; behind a digest may be any.
    assert base.os == (None if tag.startswith("@") else "al2023")


def test_the_newest_of_provided_is_known_to_be_al2023() -> None:
    base = knowledge.aws_base("public.ecr.aws/lambda/provided")
    assert base is not None
    assert (base.version, base.os, base.runtime) == (None, "al2023", "provided.al2023")


def test_a_tag_that_does_not_exist_is_no_known_version() -> None:
    base = knowledge.aws_base("public.ecr.aws/lambda/python:3.99")
    assert base is not None
    assert (base.version, base.known, base.runtime) == ("3.99", False, None)


@pytest.mark.parametrize(
    "reference",
    ["python:3.12", "lambda/python:3.12", "public.ecr.aws/other/python:3.12", "example.com/lambda/python:3.12",
     "gallery.ecr.aws/lambda/python:3.12", "", ":", "@", "///"],
)  # fmt: skip
def test_another_image_is_no_aws_base(reference: str) -> None:
    assert knowledge.aws_base(reference) is None


def test_the_architecture_of_a_tag_is_in_the_words_of_oci() -> None:
    arm, intel = (knowledge.aws_base(f"public.ecr.aws/lambda/python:3.12-{name}") for name in ("arm64", "x86_64"))
    assert arm is not None
    assert intel is not None
    assert (arm.architecture, intel.architecture) == ("arm64", "amd64")


def test_the_web_page_is_no_registry() -> None:
    assert knowledge.not_a_registry("gallery.ecr.aws/lambda/provided")
    assert not knowledge.not_a_registry("public.ecr.aws/lambda/provided")


def test_deprecated_runtimes_are_those_whose_day_has_come() -> None:
    on = {runtime.id for runtime in knowledge.deprecated(date(2026, 11, 23))}
    assert {"python3.10", "nodejs20.x", "dotnet8", "dotnet9", "ruby3.2", "provided.al2", "go1.x"} <= on
    assert not {"python3.11", "nodejs22.x", "dotnet10", "ruby3.3", "provided.al2023", "java11"} & on


def test_a_runtime_is_deprecated_from_its_day_on() -> None:
    runtime = knowledge.runtime("nodejs22.x")
    assert runtime is not None
    assert not runtime.is_deprecated(date(2027, 4, 29))
    assert runtime.is_deprecated(date(2027, 4, 30))


@pytest.mark.parametrize(
    ("language", "newest"),
    [("python", "python3.14"), ("nodejs", "nodejs24.x"), ("java", "java25"), ("dotnet", "dotnet10"),
     ("provided", "provided.al2023")],
)  # fmt: skip
def test_the_runtime_to_move_to_is_the_newest(language: str, newest: str) -> None:
    assert knowledge.newest(language).id == newest


def test_every_base_sets_the_same_and_dotnet_more() -> None:
    python, dotnet = (knowledge.base_config(f"public.ecr.aws/lambda/{name}:1") for name in ("python", "dotnet"))
    assert python is not None
    assert dotnet is not None
    assert python.entrypoint == ("/lambda-entrypoint.sh",)
    assert (python.command, python.working_dir) == ((), "/var/task")
    assert python.environment["LAMBDA_TASK_ROOT"] == "/var/task"
    assert set(dotnet.environment) - set(python.environment) == {
        "DOTNET_VERSION", "DOTNET_RUNNING_IN_CONTAINER", "DOTNET_ROOT", "DOTNET_NOLOGO", "DOTNET_CLI_TELEMETRY_OPTOUT",
    }  # fmt: skip
    assert dotnet.environment["DOTNET_VERSION"] is None
