"""What COPY and ADD bring, and where it lands."""

import pytest

from tests.function.dockerfiles import AWS_PYTHON, function_of, state

CONTEXT = {
    "app.py": "app",
    "src/handler.py": "handler",
    "src/util/__init__.py": "",
    "src/util/text.py": "text",
    "data.tar.gz": "packed",
    "model.zip": "zipped",
    "a.txt": "a",
    "b.txt": "b",
}


@pytest.mark.parametrize(
    ("instructions", "expected"),
    [
        ("COPY app.py .", {"/var/task/app.py": "0644 app", "/var/task/other.py": "absent"}),
        ("COPY app.py ${LAMBDA_TASK_ROOT}", {"/var/task/app.py": "0644 app"}),
        ("COPY app.py main.py", {"/var/task/main.py": "0644 app", "/var/task/app.py": "absent"}),
        ("COPY app.py lib/", {"/var/task/lib/app.py": "0644 app", "/var/task/app.py": "absent"}),
        ("COPY app.py new", {"/var/task/new": "0644 app"}),
        ("COPY src .", {"/var/task/handler.py": "0644 handler", "/var/task/src": "absent"}),
        ("COPY src src", {"/var/task/src/util/text.py": "0644 text", "/var/task/handler.py": "absent"}),
        ("COPY src/ /app", {"/app/handler.py": "0644 handler", "/app": "directory"}),
        ("COPY . .", {"/var/task/src/handler.py": "0644 handler", "/var/task/nothing": "absent"}),
        ("COPY *.txt .", {"/var/task/a.txt": "0644 a", "/var/task/b.txt": "0644 b", "/var/task/app.py": "absent"}),
        ("COPY a.txt app.py /app/", {"/app/a.txt": "0644 a", "/app/app.py": "0644 app"}),
        ('COPY ["a.txt", "/with blank/"]', {"/with blank/a.txt": "0644 a"}),
        ("COPY --chmod=600 app.py .", {"/var/task/app.py": "0600 app"}),
        ("COPY --chmod=0755 src .", {"/var/task/handler.py": "0755 handler", "/var/task/util/text.py": "0755 text"}),
        ("COPY --exclude=*.py src .", {"/var/task/handler.py": "absent", "/var/task/util": "directory"}),
        ("COPY --exclude=util src .", {"/var/task/handler.py": "0644 handler", "/var/task/util/text.py": "absent"}),
        ("COPY --parents src/util/text.py /x/", {"/x/src/util/text.py": "0644 text"}),
        ("COPY --parents src/./util/text.py /x/", {"/x/util/text.py": "0644 text"}),
        ("COPY <<EOF conf.ini\n[a]\nEOF", {"/var/task/conf.ini": "0644 [a]\n"}),
        ("COPY <<EOF /etc/x/\n$LAMBDA_TASK_ROOT\nEOF", {"/etc/x/EOF": "0644 /var/task\n"}),
        ('COPY <<"EOF" conf.ini\n$LAMBDA_TASK_ROOT\nEOF', {"/var/task/conf.ini": "0644 $LAMBDA_TASK_ROOT\n"}),
        ("WORKDIR /app\nCOPY app.py .", {"/app/app.py": "0644 app", "/var/task/app.py": "absent"}),
        ("WORKDIR /app\nWORKDIR sub\nCOPY app.py .", {"/app/sub/app.py": "0644 app"}),
        ("ADD app.py .", {"/var/task/app.py": "0644 app"}),
        ("ADD model.zip .", {"/var/task/model.zip": "0644 zipped"}),
        ("ADD https://example.com/tool /usr/local/bin/tool", {"/usr/local/bin/tool": "0600 ?"}),
        ("ADD https://example.com/d/tool?x=1 /t/", {"/t/tool": "0600 ?"}),
        ("ADD --chmod=755 https://example.com/tool /t/", {"/t/tool": "0755 ?"}),
    ],
)
def test_known_files_land_with_content_and_mode(instructions: str, expected: dict[str, str]) -> None:
    files = function_of(f"{AWS_PYTHON}{instructions}\n", CONTEXT).files
    assert {path: state(files, path) for path in expected} == expected


@pytest.mark.parametrize(
    ("instructions", "expected"),
    [
        # An archive unpacks to what nobody has looked at.
        ("ADD data.tar.gz .", {"/var/task/x.py": "unknown", "/app": "absent"}),
        ("ADD https://github.com/a/b.git /src", {"/src/x": "unknown", "/var/task/x": "absent"}),
        # A source that a build before the build makes; what it is called is all that is known.
        ("COPY target/app.jar lib/", {"/var/task/lib/app.jar": "unknown", "/var/task/lib/b.jar": "absent"}),
        ("COPY app.py .env ./", {"/var/task/.env": "unknown", "/var/task/x.py": "absent"}),
        ("COPY app.py .npmrc VERSION ./", {"/var/task/VERSION": "unknown", "/var/task/x.py": "absent"}),
        ("COPY .venv ./", {"/var/task/x.py": "unknown"}),
        ("COPY dist .", {"/var/task/index.js": "unknown"}),
        ("COPY build/*.whl /w/", {"/w/x.whl": "unknown", "/var/task/x": "absent"}),
        ("ARG WHERE\nCOPY app.py $WHERE", {"/var/task/app.py": "unknown", "/app.py": "unknown"}),
        ("ARG WHAT\nCOPY $WHAT lib/", {"/var/task/lib/x": "unknown", "/var/task/x": "absent"}),
    ],
)
def test_what_is_not_known_to_come_is_unknown_and_nothing_else(instructions: str, expected: dict[str, str]) -> None:
    files = function_of(f"{AWS_PYTHON}{instructions}\n", CONTEXT).files
    assert {path: state(files, path) for path in expected} == expected


def test_without_a_context_nothing_that_is_copied_to_is_claimed_absent() -> None:
    files = function_of(f"{AWS_PYTHON}COPY . .\n").files
    assert state(files, "/var/task/app.py") == "unknown"
    assert state(files, "/app") == "absent"


def test_a_later_copy_makes_known_again_what_was_not() -> None:
    files = function_of(f"{AWS_PYTHON}COPY dist .\nCOPY app.py .\n", CONTEXT).files
    assert state(files, "/var/task/app.py") == "0644 app"
    assert state(files, "/var/task/index.js") == "unknown"


def test_ignored_files_do_not_come() -> None:
    files = function_of(f"{AWS_PYTHON}COPY . .\n", {**CONTEXT, ".dockerignore": "src/util\n*.txt\n"}).files
    assert state(files, "/var/task/src/handler.py") == "0644 handler"
    assert state(files, "/var/task/src/util/text.py") == "absent"
    assert state(files, "/var/task/a.txt") == "absent"


def test_symlinks_of_the_context_stay_symlinks_in_a_folder_and_are_followed_when_named() -> None:
    links = {"src/latest.py": "handler.py"}
    inside = function_of(f"{AWS_PYTHON}COPY src .\n", CONTEXT, links=links).files
    named = function_of(f"{AWS_PYTHON}COPY src/latest.py .\n", CONTEXT, links=links).files
    assert inside.link("/var/task/latest.py") == "handler.py"
    assert state(inside, "/var/task/latest.py") == "0644 handler"
    assert named.link("/var/task/latest.py") is None
    assert state(named, "/var/task/latest.py") == "0644 handler"


def test_modes_are_those_of_the_context() -> None:
    files = function_of(f"{AWS_PYTHON}COPY app.py .\n", CONTEXT, modes={"app.py": 0o600}).files
    barrier = files.readable("/var/task/app.py")
    assert getattr(barrier, "path", None) == "/var/task/app.py"
    assert getattr(barrier, "mode", None) == 0o600


def test_a_file_stands_at_the_copy_that_brought_it() -> None:
    function = function_of(f"{AWS_PYTHON}COPY a.txt .\nCOPY src .\n", CONTEXT)
    found = function.files.find("/var/task/util/text.py")
    assert found.place.span.line == 3  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        # Of an unknown base nobody knows whether /app is a folder; a name with an ending is a file's.
        ("example.com/base:1", "COPY app.py /app", {"/app": "unknown", "/app/app.py": "unknown"}),
        ("example.com/base:1", "COPY app.py /main.py", {"/main.py": "0644 app"}),
        ("example.com/base:1", "COPY app.py /app/", {"/app/app.py": "0644 app", "/app/b": "unknown"}),
        ("python:3.12-slim", "COPY app.py /app", {"/app": "0644 app"}),
        ("scratch", "COPY app.py /", {"/app.py": "0644 app", "/etc": "absent"}),
    ],
)
def test_the_base_decides_what_is_absent(base: str, path: str, expected: dict[str, str]) -> None:
    files = function_of(f"FROM {base}\n{path}\n", CONTEXT).files
    assert {name: state(files, name) for name in expected} == expected
