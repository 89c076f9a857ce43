"""Python handlers on an AWS base: what is found, what is not, and what Lambda prints."""

import pytest

from lambda_image_lint.answer import Answer
from lambda_image_lint.function.languages import resolve
from lambda_image_lint.function.model import Packaged
from tests.function.languages.memory import on_base
from tests.function.languages.words import said

APP = "def handler(event, context):\n    return 1\n"
LOOKED = "looked_in=[/var/task, /opt/python/lib/python3.12/site-packages, /opt/python, /var/lang/lib/python3.12/site-packages, /var/runtime]"
IMPORT = "Runtime.ImportModuleError: Unable to import module"


def verdict(files: dict[str, str], environment: dict[str, Answer[str]] | None = None) -> str:
    return said(resolve(on_base("python", "3.12", "app.handler", files, environment=environment)))


def in_task(handler: str, files: dict[str, str | bytes | None], version: str = "3.12") -> str:
    contents = {f"/var/task/{path}": text for path, text in files.items()}
    return said(resolve(on_base("python", version, handler, contents)))


@pytest.mark.parametrize(
    ("handler", "files", "file", "line"),
    [
        ("app.handler", {"app.py": APP}, "app.py", 1),
        ("src/app.handler", {"src/app.py": APP}, "src/app.py", 1),
        ("src.app.handler", {"src/__init__.py": "", "src/app.py": APP}, "src/app.py", 1),
        ("my-app.handler", {"my-app.py": APP}, "my-app.py", 1),
        ("app.handler", {"app/__init__.py": APP, "app.py": ""}, "app/__init__.py", 1),
        ("app.handler", {"app/data.txt": "", "app.py": APP}, "app.py", 1),
        ("app.handler", {"app.py": "handler = object()\n"}, "app.py", 1),
        ("app.handler", {"app.py": "x, (handler, *rest) = 1, (2, 3)\n"}, "app.py", 1),
        ("app.handler", {"app.py": "if (handler := 1):\n    pass\n"}, "app.py", 1),
        (
            "app.handler",
            {"app.py": "try:\n    from fast import handler\nexcept ImportError:\n    handler = None\n"},
            "app.py",
            2,
        ),
        ("app.handler", {"app.py": "from other.module import handler\n"}, "app.py", 1),
        ("app.handler", {"app.py": "class handler:\n    pass\n"}, "app.py", 1),
        ("app.handler", {"app.py": "with open('x') as handler:\n    pass\n"}, "app.py", 1),
        ("app.handler", {"app.py": "for handler in []:\n    pass\n"}, "app.py", 1),
        ("app.handler", {"app.py": "match 1:\n    case handler:\n        pass\n"}, "app.py", 2),
        ("app.handler", {"app.py": "from impl import *\n", "impl.py": APP}, "app.py", None),
        ("app.handler", {"app/__init__.py": "from . import handler\n", "app/handler.py": ""}, "app/__init__.py", 1),
    ],
)
def test_a_handler_is_found_where_python_finds_it(
    handler: str, files: dict[str, str | bytes | None], file: str, line: int | None
) -> None:
    at = f" line={line}" if line is not None else ""
    assert in_task(handler, files) == f"Resolved file=/var/task/{file} symbol=handler{at}"


@pytest.mark.parametrize(
    ("handler", "files", "expected"),
    [
        (
            "app", {"app.py": "def lambda_handler(e, c): ...\n"},
            "BadFormat why=it has no dot between module and function error=Runtime.MalformedHandlerName: Bad handler 'app': "
            "not enough values to unpack (expected 2, got 1) suggestion=app.lambda_handler",
        ),
        (
            "app:handler", {"app.py": APP},
            "BadFormat why=it has no dot between module and function error=Runtime.MalformedHandlerName: Bad handler "
            "'app:handler': not enough values to unpack (expected 2, got 1) suggestion=app.handler",
        ),
        (
            "time.handler", {"time.py": APP},
            "BadFormat why=time is a module built into Python error=Runtime.BuiltInModuleConflict: "
            "Cannot use built-in module time as a handler module",
        ),
        (
            "/var/task/app.handler", {"app.py": APP},
            "BadFormat why=it starts with a slash error=TypeError: the 'package' argument is required to perform a relative "
            "import for '.var.task.app' suggestion=app.handler",
        ),
        (
            "app.py.handler", {"app.py": APP},
            f"BadFormat why=it names the file with its suffix error={IMPORT} 'app.py': No module named 'app.py'; "
            "'app' is not a package suggestion=app.handler",
        ),
        (
            "app.handler()", {"app.py": APP},
            "BadFormat why=it has parentheses error=Runtime.HandlerNotFound: Handler 'handler()' missing on module 'app' "
            "suggestion=app.handler",
        ),
        (
            "app.py", {"app.py": APP},
            "BadFormat why=it names a file and no function error=Runtime.HandlerNotFound: Handler 'py' missing on module 'app' "
            "suggestion=app.handler",
        ),
        (".handler", {"app.py": APP}, "BadFormat why=it names no module error=ValueError: Empty module name"),
    ],
)  # fmt: skip
def test_a_form_that_no_file_satisfies_is_told_with_the_form_meant(
    handler: str, files: dict[str, str | bytes | None], expected: str
) -> None:
    assert in_task(handler, files) == expected


@pytest.mark.parametrize(
    ("handler", "files", "expected"),
    [
        ("app.handler", {}, f"FileMissing module=app error={IMPORT} 'app': No module named 'app' {LOOKED}"),
        (
            "src.app.handler", {"app.py": APP},
            f"FileMissing module=src.app error={IMPORT} 'src.app': No module named 'src' {LOOKED} "
            "near=[/var/task/app.py] suggestion=app.handler",
        ),
        (
            "app.handler", {"src/app.py": APP},
            f"FileMissing module=app error={IMPORT} 'app': No module named 'app' {LOOKED} "
            "near=[/var/task/src/app.py] suggestion=src.app.handler",
        ),
        (
            "App.handler", {"app.py": APP},
            f"FileMissing module=App error={IMPORT} 'App': No module named 'App' {LOOKED} "
            "near=[/var/task/app.py] suggestion=app.handler",
        ),
        (
            "src.app.handler", {"src/__init__.py": "", "src/apps.py": APP},
            f"FileMissing module=src.app error={IMPORT} 'src.app': No module named 'src.app' {LOOKED} "
            "near=[/var/task/src/apps.py] suggestion=src.apps.handler",
        ),
    ],
)  # fmt: skip
def test_a_missing_module_is_told_with_the_near_miss(
    handler: str, files: dict[str, str | bytes | None], expected: str
) -> None:
    assert in_task(handler, files) == expected


def test_a_module_that_lies_outside_the_path_is_told_with_its_place() -> None:
    assert verdict({"/app/app.py": APP, "/usr/lib/python3/app.py": ""}) == (
        f"OutsidePath module=app error={IMPORT} 'app': No module named 'app' {LOOKED} found=[/app/app.py]"
    )


@pytest.mark.parametrize(
    ("source", "rest"),
    [
        ("def handler(e, c): ...\n", "defined=[handler] near=[handler] suggestion=app.handler"),
        ("def other(e, c): ...\n", "defined=[other]"),
        ("if __name__ == '__main__':\n    lambda_handler = 1\n", ""),
        ("def outer():\n    def lambda_handler(): ...\n", "defined=[outer]"),
        ("lambda_handler: object\n", ""),
        ("", ""),
    ],
)
def test_a_missing_function_is_told_with_the_near_miss(source: str, rest: str) -> None:
    error = "Runtime.HandlerNotFound: Handler 'lambda_handler' missing on module 'app'"
    expected = f"FunctionMissing file=/var/task/app.py symbol=lambda_handler error={error} {rest}".strip()
    assert in_task("app.lambda_handler", {"app.py": source}) == expected


@pytest.mark.parametrize(
    ("source", "doubt"),
    [
        ("globals()['handler'] = 1\n", "/var/task/app.py: line 1 uses globals"),
        ("def __getattr__(name): ...\n", "/var/task/app.py: line 1 defines __getattr__"),
        ("exec('handler = 1')\n", "/var/task/app.py: line 1 uses exec"),
        ("import sys\nsys.modules[__name__] = object()\n", "/var/task/app.py: line 2 uses sys.modules"),
        ("from numpy import *\n", "/var/task/app.py imports * from numpy: numpy is no source"),
    ],
)
def test_a_function_that_may_be_bound_in_another_way_is_doubted_not_missed(source: str, doubt: str) -> None:
    assert (
        in_task("app.handler", {"app.py": source}) == f"Resolved file=/var/task/app.py symbol=handler doubt=({doubt})"
    )


def test_a_compiled_module_is_found_and_its_functions_are_doubted() -> None:
    expected = "Resolved file=/var/task/{0} symbol=handler doubt=(/var/task/{0} is not source)"
    for name in ("app.cpython-312-x86_64-linux-gnu.so", "app.abi3.so", "app.pyc"):
        assert in_task("app.handler", {name: b"\0"}) == expected.format(name)
    other = in_task("app.handler", {"app.cpython-311-x86_64-linux-gnu.so": b"\0"})
    assert other == f"FileMissing module=app error={IMPORT} 'app': No module named 'app' {LOOKED}"


@pytest.mark.parametrize(
    ("version", "source", "expected"),
    [
        ("3.11", "def handler(e, c) pass\n", "line=1 message=expected ':'"),
        ("3.12", "def handler(e, c) pass\n", "line=1 message=expected ':'"),
        (
            "3.9",
            "match 1:\n    case 1: ...\n",
            "line=2 message=Pattern matching is only supported in Python 3.10 and greater",
        ),
        (
            "3.14",
            "def handler():\nreturn 1\n",
            "line=2 message=expected an indented block after function definition on line 1",
        ),
        ("3.14", "return 1\n", "line=1 message='return' outside function"),
    ],
)
def test_a_syntax_error_that_every_version_makes_is_a_fault(version: str, source: str, expected: str) -> None:
    message = expected.partition("message=")[2]
    line = expected.partition("line=")[2].partition(" ")[0]
    error = f"Runtime.UserCodeSyntaxError: Syntax error in module 'app': {message} (app.py, line {line})"
    assert (
        in_task("app.handler", {"app.py": source}, version)
        == f"SyntaxFault file=/var/task/app.py {expected} error={error}"
    )


@pytest.mark.parametrize(
    "source",
    ["type X = int\nhandler = 1\n", "def f[T](x: T): ...\n", 'handler = f"{x["a"]}"\n', "try: ...\nexcept A, B: ...\n"],
)
def test_syntax_that_a_newer_python_may_have_is_doubted(source: str) -> None:
    answer = in_task("app.handler", {"app.py": source}, "3.15")
    assert answer.startswith("Resolved file=/var/task/app.py symbol=handler")


def test_what_a_build_step_may_have_made_is_unknown_not_missing() -> None:
    function = on_base("python", "3.12", "app.handler", {}, unknown=("/var/task",))
    assert said(resolve(function)) == "Unknown: RUN make install may have written it"


def test_packages_bring_no_handler_unless_one_is_called_so() -> None:
    for packages, expected in ((("requests",), "FileMissing"), (("my-app",), "Unknown"), (None, "Unknown")):
        function = on_base("python", "3.12", "app.handler", {}, unknown=("/var/lang", "/var/task"))
        function.files.reason = Packaged("RUN pip install may have brought it", None, packages)  # type: ignore[attr-defined]
        assert said(resolve(function)).startswith(expected)


def test_pythonpath_hides_opt_and_leads_to_its_own_folders() -> None:
    assert verdict({"/app/app.py": APP}, {"PYTHONPATH": "/app"}) == ("Resolved file=/app/app.py symbol=handler line=1")
    hidden = verdict({"/opt/python/app.py": APP}, {"PYTHONPATH": "/app"})
    assert hidden.startswith("OutsidePath")
    assert verdict({"/opt/python/app.py": APP}) == "Resolved file=/opt/python/app.py symbol=handler line=1"
