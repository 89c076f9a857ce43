"""A file with a secret that a builder got, and a COPY --from takes on into the image, or does not."""

import time

import pytest

from tests.rules.linting import named, run_context

FILES = {"conf/.env": "DB_PASSWORD=k3wQ9zL1vT\n", "package.json": "{}"}
DOCKERFILE = """\
FROM node:22-slim AS build
WORKDIR /app
{copy}
RUN {command}
FROM build AS built
FROM public.ecr.aws/lambda/nodejs:24
COPY --from={stage} {source} ./
CMD ["index.handler"]
"""


def told(copy: str = "COPY . .", command: str = "npm ci", stage: str = "build", source: str = "/app") -> list[str]:
    """The severities of what is told."""
    dockerfile = DOCKERFILE.format(copy=copy, command=command, stage=stage, source=source)
    return [severity for _, severity in named(run_context(dockerfile, FILES, "secret-file-copied"))]


@pytest.mark.parametrize("copy", ["COPY . .", "COPY conf ./conf/", "COPY conf/.env ./", "COPY conf/.env .env"])
@pytest.mark.parametrize("source", ["/app", "/app/", "app", "/app/."])
def test_whatever_brings_it_and_takes_its_folder_on(copy: str, source: str) -> None:
    assert told(copy, source=source) == ["error"]
    assert told(copy, "npm run build", source=source) == ["warning"]


@pytest.mark.parametrize("source", ["/app/dist", "/app/conf/.environment", "/application", "/app/index.js"])
def test_another_path_does_not_take_it(source: str) -> None:
    assert told(source=source) == []


@pytest.mark.parametrize("source", ["/app/conf", "/app/conf/.env"])
def test_nor_does_it_matter_how_near_the_path_is(source: str) -> None:
    assert told(source=source) == ["error"]


def test_a_stage_that_stands_on_the_builder_has_it_too() -> None:
    assert told(stage="built") == ["error"]


@pytest.mark.parametrize(
    "command",
    ["rm conf/.env", "rm -rf conf", "rm -rf *", "rm -rf /app/conf/*", "find . -name '.e*' -delete", "cat conf/.env", "mv conf /srv/"],
)  # fmt: skip
def test_a_command_that_may_take_it_away_leaves_it_open(command: str) -> None:
    assert told(command=command) == []


@pytest.mark.parametrize("command", ["rm -rf node_modules", "rm -rf /var/lib/apt/lists/*", "npm prune", "make"])
def test_one_that_is_about_something_else_does_not(command: str) -> None:
    assert told(command=command) != []


def test_ways_that_double_at_each_stage_take_no_time() -> None:
    stages = ["FROM node:22-slim AS s0\nCOPY . /a/\n"]
    stages += [
        f"FROM node:22-slim AS s{number}\nCOPY --from=s{number - 1} / /a\nCOPY --from=s{number - 1} / /b\nRUN cat {{}}\n"
        for number in range(1, 60)
    ]
    dockerfile = "".join(stages).format(*range(59)) + "FROM public.ecr.aws/lambda/nodejs:24\nCOPY --from=s59 /c /c\n"
    began = time.monotonic()
    assert named(run_context(dockerfile, FILES, "secret-file-copied")) == []
    assert time.monotonic() - began < 5
