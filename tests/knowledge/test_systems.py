"""What a base that is not AWS's stands on."""

import csv
from datetime import date
from pathlib import Path

import pytest

from lambda_image_lint import knowledge
from lambda_image_lint.knowledge.load import table

DISTRO_INFO = Path("/usr/share/distro-info")


@pytest.mark.parametrize(
    ("reference", "distribution", "release", "end"),
    [
        ("python:3.9.18-slim-bullseye", "debian", "11", date(2026, 8, 31)),
        ("debian:12.5-slim", "debian", "12", date(2028, 6, 30)),
        ("debian:bookworm-slim", "debian", "12", date(2028, 6, 30)),
        ("node:20-alpine3.18", "alpine", "3.18", date(2025, 5, 9)),
        ("alpine:3.19.1", "alpine", "3.19", date(2025, 11, 1)),
        ("docker.io/library/alpine:3.20", "alpine", "3.20", date(2026, 4, 1)),
        ("ubuntu:jammy-20240101", "ubuntu", "22.04", date(2027, 6, 1)),
        ("centos:7", "centos", "7", date(2024, 6, 30)),
        ("public.ecr.aws/docker/library/python:3.8-slim-buster", "debian", "10", date(2024, 6, 30)),
        ("amazonlinux:2", "amazonlinux", "2", date(2026, 6, 30)),
        ("python:3.12-slim", "debian", None, None),
        ("python:3.12-alpine", "alpine", None, None),
        ("python:3.9.5-slim", "debian", "10", date(2024, 6, 30)),
        ("python:3.9.6-slim", "debian", "11", date(2026, 8, 31)),
        ("python:3.8", "debian", "12", date(2028, 6, 30)),
        ("node:14", "debian", "10", date(2024, 6, 30)),
        ("node:18.19-slim", "debian", "12", date(2028, 6, 30)),
        ("node:22.14.0-alpine", "alpine", "3.21", date(2026, 11, 1)),
        ("node:22-alpine", "alpine", None, None),
        ("node:24.99.0", "debian", None, None),
        ("golang:1.18-alpine", "alpine", "3.17", date(2024, 11, 22)),
        ("public.ecr.aws/docker/library/golang:1.24", "debian", "13", date(2030, 6, 30)),
        ("golang:1.99", "debian", None, None),
        ("golang:1", "debian", None, None),
        ("rust:1.70-slim", "debian", "11", date(2026, 8, 31)),
        ("php:8.0-fpm-alpine", "alpine", "3.16", date(2024, 5, 23)),
        ("nginx:1.21.6", "debian", "11", date(2026, 8, 31)),
        ("openjdk:11-jre-slim", "debian", "11", date(2026, 8, 31)),
        ("maven:3.6.3-jdk-8", "debian", "10", date(2024, 6, 30)),
        ("mcr.microsoft.com/dotnet/sdk:6.0.400", "debian", "11", date(2026, 8, 31)),
        ("mcr.microsoft.com/dotnet/aspnet:10.0", "ubuntu", "24.04", date(2029, 5, 31)),
        ("alpine:3.9.6", "alpine", "3.9", date(2020, 11, 1)),
    ],
)
def test_a_tag_tells_distribution_and_end(
    reference: str, distribution: str, release: str | None, end: date | None
) -> None:
    system = knowledge.operating_system(reference)
    assert system is not None
    assert (system.distribution, system.release, system.end) == (distribution, release, end)


@pytest.mark.parametrize(
    "reference",
    [
        "openjdk:17", "openjdk:11.0.16-jre", "maven:3.8.1-openjdk-11", "maven:3.8-openjdk-17", "maven:3.9-amazoncorretto-17",
        "mcr.microsoft.com/dotnet/sdk:8.0-azurelinux3.0", "mcr.microsoft.com/dotnet/sdk:11.0", "mcr.microsoft.com/dotnet/sdk",
    ],
)  # fmt: skip
def test_no_suite_is_guessed(reference: str) -> None:
    assert knowledge.operating_system(reference) is None


def test_a_codename_in_somebody_elses_tag_tells_nothing() -> None:
    assert knowledge.operating_system("example.com/team/tool:bullseye") is None


def test_an_aws_base_ends_with_its_runtime_not_with_its_system() -> None:
    system = knowledge.operating_system("public.ecr.aws/lambda/python:3.11")
    assert system is not None
    assert (system.distribution, system.release, system.end) == ("amazonlinux", "2", None)
    assert (system.libc, system.libc_version) == ("glibc", "2.26")


@pytest.mark.parametrize(
    ("reference", "name", "version"),
    [
        ("python:3.8-slim", "python", "3.8"),
        ("node:14.21.3", "node", "14"),
        ("ruby:3.1-alpine", "ruby", "3.1"),
        ("php:7.4-fpm-alpine", "php", "7.4"),
        ("mcr.microsoft.com/dotnet/runtime:6.0.36", ".NET", "6.0"),
        ("openjdk:8u342-jdk", "openjdk", "8"),
        ("bref/php-81-fpm", "php", "8.1"),
        ("bref/php-74-fpm:1", "php", "7.4"),
        ("public.ecr.aws/bref/arm-php-82:2", "php", "8.2"),
    ],
)
def test_an_official_image_ends_with_its_interpreter(reference: str, name: str, version: str) -> None:
    product = knowledge.product(reference)
    assert product is not None
    assert (product.name, product.version) == (name, version)


@pytest.mark.parametrize("reference", ["python", "python:latest", "python:3", "example.com/python:3.8", "bref/bref:2"])
def test_no_interpreter_is_guessed(reference: str) -> None:
    assert knowledge.product(reference) is None


def test_the_environment_of_a_known_image_is_complete_and_of_another_unknown() -> None:
    environment = knowledge.base_environment("python:3.12-slim")
    assert environment is not None
    assert "LAMBDA_TASK_ROOT" not in environment
    assert environment["PYTHON_VERSION"] is None
    assert knowledge.base_environment("example.com/base:1") is None


@pytest.mark.skipif(not DISTRO_INFO.exists(), reason="Debian's distro-info-data is not installed")
@pytest.mark.parametrize(
    ("distribution", "column"), [("debian", "eol-lts"), ("ubuntu", "eol-server")], ids=["debian", "ubuntu"]
)
def test_the_dates_are_those_of_the_distributions_own_table(distribution: str, column: str) -> None:
    with (DISTRO_INFO / f"{distribution}.csv").open() as file:
        official = {row["version"].split()[0]: row for row in csv.DictReader(file) if row["version"]}
    ours = [row for row in table("operating_systems")["release"] if row["distribution"] == distribution]
    assert len(ours) > 5
    for row in ours:
        theirs = official[row["version"]]
        assert (row["codename"], str(row["end"])) == (theirs["series"], theirs[column] or theirs["eol"])


def test_al2023_of_aws_has_dnf_and_neither_yum_nor_find() -> None:
    managers = knowledge.package_managers("al2023")
    assert managers is not None
    assert ("dnf" in managers.present, "yum" in managers.absent) == (True, True)
    assert knowledge.missing_tools("al2023")["find"] == "findutils"
    assert "epel-release" in knowledge.unavailable_packages("al2023")
    assert knowledge.missing_tools("al2") == {}
