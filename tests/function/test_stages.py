"""Stages that copy from each other, stand on each other, and what an image's config inherits."""

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.errors import NothingToLint
from lambda_image_lint.finding import TextPlace
from tests.function.dockerfiles import AWS_PYTHON, function_of, state

BUILT = "FROM golang:1.22 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/main .\n"


def test_what_a_stage_has_is_copied_as_it_is_there() -> None:
    files = function_of(
        "FROM python:3.12 AS build\nCOPY app.py /w/app.py\nRUN chmod 700 /w/app.py\n"
        f"{AWS_PYTHON}COPY --from=build /w/ .\nCOPY --from=0 /w/app.py /opt/x.py\n",
        {"app.py": "app"},
    ).files
    assert state(files, "/var/task/app.py") == "0700 app"
    assert state(files, "/opt/x.py") == "0700 app"
    assert state(files, "/var/task/other.py") == "absent"


def test_an_unknown_part_of_a_stage_stays_unknown_where_it_lands() -> None:
    files = function_of(
        "FROM python:3.12 AS build\nWORKDIR /w\nCOPY app.py .\nRUN ./build.sh\n"
        f"{AWS_PYTHON}COPY --from=build /w /var/task\n",
        {"app.py": "app"},
    ).files
    assert state(files, "/var/task/app.py") == "unknown"
    assert state(files, "/var/task/main.js") == "unknown"
    assert state(files, "/app") == "absent"


def test_the_output_of_a_compiler_is_an_executable_of_unknown_content() -> None:
    files = function_of(f"{BUILT}FROM scratch\nCOPY --from=build /out/main /main\n", {"main.go": ""}).files
    assert state(files, "/main") == "0755 ?"
    assert files.executable("/main") is None


def test_a_program_of_another_image_is_known_by_the_tables() -> None:
    files = function_of(
        "FROM python:3.12\n"
        "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/lambda-adapter\n",
        {},
    ).files
    assert state(files, "/opt/extensions/lambda-adapter") == "0755 ?"
    extensions = files.under("/opt/extensions")
    assert not isinstance(extensions, Unknown)
    assert [file.path for file in extensions] == ["/opt/extensions/lambda-adapter"]


def test_a_stage_goes_on_where_its_base_stage_ended() -> None:
    function = function_of(
        f'{AWS_PYTHON.strip()} AS base\nWORKDIR /app\nCOPY app.py .\nENV A=1\nCMD ["app.handler"]\n'
        "FROM base\nCOPY app.py two.py\nENV B=$A\n",
        {"app.py": "app"},
    )
    assert function.working_dir == "/app"
    assert function.command == ("app.handler",)
    assert (function.environment["A"], function.environment["B"]) == ("1", "1")
    assert state(function.files, "/app/app.py") == "0644 app"
    assert state(function.files, "/app/two.py") == "0644 app"


def test_a_chain_of_very_many_stages_is_followed() -> None:
    stages = "".join(f"FROM s{number - 1} AS s{number}\n" for number in range(1, 3000))
    function = function_of(f"FROM scratch AS s0\nCOPY app.py /\n{stages}", {"app.py": "app"})
    assert state(function.files, "/app.py") == "0644 app"


@pytest.mark.parametrize(
    ("text", "entrypoint", "command"),
    [
        ('CMD ["a.b"]', ("/lambda-entrypoint.sh",), ("a.b",)),
        ("CMD a.b", ("/lambda-entrypoint.sh",), ("/bin/sh", "-c", "a.b")),
        ("CMD ['a.b']", ("/lambda-entrypoint.sh",), ("/bin/sh", "-c", "['a.b']")),
        ('ENTRYPOINT ["x"]', ("x",), ()),
        ('CMD ["a.b"]\nENTRYPOINT ["x"]', ("x",), ("a.b",)),
        ('ENTRYPOINT ["x"]\nCMD ["a.b"]', ("x",), ("a.b",)),
        ("ENTRYPOINT x y", ("/bin/sh", "-c", "x y"), ()),
        ('SHELL ["/bin/bash", "-c"]\nENTRYPOINT x', ("/bin/bash", "-c", "x"), ()),
        ("ENTRYPOINT []", (), ()),
        ('CMD ["a.b"]\nCMD ["c.d"]', ("/lambda-entrypoint.sh",), ("c.d",)),
    ],
)
def test_entrypoint_and_command_are_as_docker_makes_them(
    text: str, entrypoint: tuple[str, ...], command: tuple[str, ...]
) -> None:
    function = function_of(f"{AWS_PYTHON}{text}\n", {})
    assert (function.entrypoint, function.command) == (entrypoint, command)
    assert function.entrypoint_is_inherited == ("ENTRYPOINT" not in text)


def test_an_entrypoint_empties_a_command_that_came_from_a_stage_below() -> None:
    function = function_of('FROM python:3.12 AS base\nCMD ["a"]\nFROM base\nENTRYPOINT ["x"]\n', {})
    assert (function.entrypoint, function.command) == (("x",), ())


def test_of_an_unknown_base_nothing_is_claimed() -> None:
    function = function_of("FROM example.com/base:1\nUSER app\n", {})
    for answer in (function.entrypoint, function.command, function.working_dir, function.environment_complete):
        assert isinstance(answer, Unknown)
    assert function.user == "app"
    assert function.base is None
    assert function.base_reference == "example.com/base:1"


def test_a_base_that_an_argument_names_is_resolved() -> None:
    function = function_of("ARG VERSION=3.11\nFROM public.ecr.aws/lambda/python:${VERSION}\n", {})
    assert function.base is not None
    assert (function.base.runtime, function.base.reference) == ("python3.11", "public.ecr.aws/lambda/python:3.11")


@pytest.mark.parametrize(
    ("text", "arch", "expected"),
    [
        ("FROM --platform=linux/arm64 python:3.12", None, "arm64"),
        ("FROM --platform=linux/amd64 python:3.12", "arm64", "amd64"),
        ("FROM public.ecr.aws/lambda/python:3.12-arm64", None, "arm64"),
        ("FROM python:3.12", "x86_64", "amd64"),
    ],
)
def test_the_architecture_is_what_the_file_says_else_what_is_wanted(text: str, arch: str | None, expected: str) -> None:
    assert function_of(text, {}, arch=arch).architecture == expected


def test_the_architecture_is_unknown_where_nothing_decides() -> None:
    assert isinstance(function_of("FROM python:3.12", {}).architecture, Unknown)


def test_each_aspect_stands_at_the_instruction_that_decided_it() -> None:
    function = function_of(f'{AWS_PYTHON}ENV A=1 B=2\nWORKDIR /app\nUSER x\nENTRYPOINT ["e"]\nCMD ["c"]\n', {})
    aspects = ("base", "environment.A", "environment.PATH", "working_dir", "user", "entrypoint", "command")
    assert [_line(function.where(aspect)) for aspect in aspects] == [1, 2, 1, 3, 4, 5, 6]
    assert _line(function.handler_place()) == 6
    assert _line(function_of(AWS_PYTHON, {}).handler_place()) == 1


def _line(place: object) -> int:
    assert isinstance(place, TextPlace)
    return place.span.line


def test_the_target_is_the_function() -> None:
    from lambda_image_lint.dockerfile import parse
    from lambda_image_lint.dockerfile.context import Context
    from lambda_image_lint.function.from_dockerfile import function_from_dockerfile

    dockerfile = parse('FROM python:3.12 AS a\nCMD ["a"]\nFROM a\nCMD ["b"]\n', target="a")
    assert function_from_dockerfile(dockerfile, Context.of({})).command == ("a",)
    with pytest.raises(NothingToLint):
        function_from_dockerfile(parse("# nothing\n"), Context.of({}))
