"""Sources that nobody sane writes: no reader fails on them, and none takes long."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages import broken_imports, handler_of, resolve
from lambda_image_lint.function.languages.node import source as javascript
from lambda_image_lint.function.languages.python import source as python
from lambda_image_lint.function.languages.resolution import Resolved, SyntaxFault
from tests.function.languages.memory import MemoryFile, MemoryFunction, on_base

LANGUAGES = ("python", "nodejs", "java", "dotnet", "ruby", "provided")
PYTHON_WORDS = st.sampled_from(
    [
        "import",
        "from",
        "handler",
        "=",
        "def",
        "(",
        ")",
        ":",
        "\n",
        "    ",
        "if",
        "try",
        "except",
        "*",
        ".",
        ",",
        "1",
        "'",
        '"',
        "\\",
        "\0",
        "é",
    ]
)
SCRIPT_WORDS = st.sampled_from(
    [
        "export",
        "exports",
        "module",
        ".",
        "=",
        "{",
        "}",
        "(",
        ")",
        "require",
        "'x'",
        "import",
        "from",
        "*",
        ",",
        "=>",
        "`",
        "${",
        "/",
        "\n",
        "a",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), st.lists(PYTHON_WORDS, max_size=40).map(lambda words: " ".join(words).encode()))
)
def test_no_python_text_makes_the_reader_fail(content: bytes) -> None:
    function = on_base("python", "3.11", "app.handler", {"/var/task/app.py": content})
    assert isinstance(resolve(function), object)
    list(broken_imports(function))


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), st.lists(SCRIPT_WORDS, max_size=40).map(lambda words: " ".join(words).encode()))
)
def test_no_javascript_text_makes_the_reader_fail(content: bytes) -> None:
    function = on_base("nodejs", "24", "app.handler", {"/var/task/app.js": content})
    assert isinstance(resolve(function), object)
    list(broken_imports(function))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(LANGUAGES), st.text(max_size=40))
def test_no_handler_makes_a_resolver_fail(language: str, handler: str) -> None:
    function = on_base(language, "1", handler, {"/var/task/app.py": "handler = 1", "/var/task/app.js": "exports.a = 1"})
    answer = resolve(function)
    assert isinstance(answer, Unknown) or getattr(answer, "handler", handler) == handler
    list(broken_imports(function))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=5), st.lists(st.text(max_size=20), max_size=2))
def test_no_command_makes_the_start_fail(entrypoint: list[str], command: list[str]) -> None:
    answer = handler_of(MemoryFunction(entrypoint=tuple(entrypoint), command=tuple(command)))
    assert answer is None or isinstance(answer, str | Unknown)


@pytest.mark.parametrize(
    "content",
    [
        b"x = " + b"(" * 150 + b")" * 150,
        b"x = " + b"-" * 100_000 + b"1",
        b"x = " + b"+".join([b"1"] * 100_000),
        b"\n".join(b" " * depth + b"if 1:" for depth in range(150)),
        b"x.a" + b".a" * 100_000,
        b"import a\n" * 100_000,
        b"\0",
        b"# coding: no-such-coding\n",
        b"\xff\xfe\0\0",
    ],
    ids=range(9),
)
def test_deep_and_long_python_ends_soon_and_is_never_called_fine_by_mistake(content: bytes) -> None:
    began = time.process_time()
    found = python.parse(MemoryFile("/var/task/app.py", content), "app", 11)
    assert isinstance(found, python.Source | SyntaxFault | Unknown)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "content",
    [b"(" * 100_000, b"a=" * 50_000 + b"1", b"{" * 50_000, b"exports.a=1;" * 50_000, b"`${" * 10_000],
    ids=range(5),
)
def test_deep_and_long_javascript_ends_soon(content: bytes) -> None:
    began = time.process_time()
    found = javascript.parse(MemoryFile("/var/task/app.js", content))
    assert isinstance(found, javascript.Source | Unknown)
    assert time.process_time() - began < 10


def test_a_source_beyond_the_limit_is_found_and_not_parsed() -> None:
    for language, path, limit in (
        ("python", "app.py", python.SOURCE_LIMIT),
        ("nodejs", "app.js", javascript.SOURCE_LIMIT),
    ):
        answer = resolve(on_base(language, "22", "app.handler", {f"/var/task/{path}": b" " * (limit + 1)}))
        assert isinstance(answer, Resolved)
        assert answer.doubt is not None
        assert answer.doubt.reason == f"/var/task/{path} is longer than {limit} bytes"
