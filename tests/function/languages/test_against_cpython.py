"""Python verdicts held against CPython itself: the same tree, imported by the interpreter that runs the tests."""

import json
import subprocess
from pathlib import Path

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages import broken_imports, resolve
from lambda_image_lint.function.languages.resolution import MissingImport, Resolved, SyntaxFault
from tests.function.languages.host import bare_environment, host_function

# What awslambdaric does with a handler, in one line each; prints the verdict as JSON.
PROBE = """
import importlib, json, sys
sys.path.insert(0, sys.argv[2])
module, _, name = sys.argv[1].rpartition(".")
try:
    found = importlib.import_module(module.replace("/", "."))
    verdict = ["ok", getattr(found, "__file__", None)] if hasattr(found, name) else ["no function", None]
except ImportError as error:
    verdict = ["import", str(error)]
except SyntaxError as error:
    verdict = ["syntax", error.lineno]
except Exception as error:
    verdict = [type(error).__name__, str(error)]
print(json.dumps(verdict))
"""

TREES: dict[str, tuple[str, dict[str, str]]] = {
    "module": ("app.handler", {"app.py": "def handler(): ..."}),
    "package before module": ("app.handler", {"app/__init__.py": "handler = 1", "app.py": "raise SystemError"}),
    "folder does not hide a module": ("app.handler", {"app/x.txt": "", "app.py": "handler = 1"}),
    "namespace package": ("src.app.handler", {"src/app.py": "handler = 1"}),
    "folder as module": ("src.handler", {"src/app.py": "handler = 1"}),
    "slash": ("src/app.handler", {"src/app.py": "handler = 1"}),
    "missing": ("app.handler", {"other.py": ""}),
    "missing in package": ("src.app.handler", {"src/__init__.py": ""}),
    "module is no package": ("app.py.handler", {"app.py": "handler = 1"}),
    "function missing": ("app.handler", {"app.py": "def handle(): ..."}),
    "annotation binds nothing": ("app.handler", {"app.py": "handler: int"}),
    "except name is unbound again": (
        "app.handler",
        {"app.py": "try:\n    1 / 0\nexcept ZeroDivisionError as handler:\n    pass"},
    ),
    "walrus in a comprehension": ("app.handler", {"app.py": "[handler := x for x in [1]]"}),
    "comprehension variable": ("app.handler", {"app.py": "[handler for handler in [1]]"}),
    "main guard": ("app.handler", {"app.py": "if __name__ == '__main__':\n    handler = 1"}),
    "global": ("app.handler", {"app.py": "def make():\n    global handler\n    handler = 1\nmake()"}),
    "star": ("app.handler", {"app.py": "from impl import *", "impl.py": "handler = 1"}),
    "star obeys __all__": (
        "app.handler",
        {"app.py": "from impl import *", "impl.py": "__all__ = ['x']\nhandler = x = 1"},
    ),
    "star skips private": ("app._handler", {"app.py": "from impl import *", "impl.py": "_handler = 1"}),
    "re-export": ("app.handler", {"app.py": "from src.impl import handler", "src/impl.py": "handler = 1"}),
    "re-export of nothing": ("app.handler", {"app.py": "from impl import handler", "impl.py": "x = 1"}),
    "submodule as name": ("src.handler", {"src/__init__.py": "from . import handler", "src/handler.py": ""}),
    "submodule by import": ("src.part", {"src/__init__.py": "import src.part", "src/part.py": ""}),
    "submodule not imported": ("src.part", {"src/__init__.py": "", "src/part.py": ""}),
    "relative without package": ("app.handler", {"app.py": "from . import x", "x.py": ""}),
    "relative beyond": ("src.app.handler", {"src/app.py": "from .. import x", "x.py": ""}),
    "relative in package": ("src.app.handler", {"src/app.py": "from .x import handler", "src/x.py": "handler = 1"}),
    "import missing": ("app.handler", {"app.py": "import no_such_thing\nhandler = 1"}),
    "import missing deep": (
        "app.handler",
        {"app.py": "import a\nhandler = 1", "a.py": "import b", "b.py": "import no_such_thing"},
    ),
    "import missing submodule": (
        "app.handler",
        {"app.py": "import src.part.x\nhandler = 1", "src/__init__.py": "", "src/part.py": ""},
    ),
    "import caught": (
        "app.handler",
        {"app.py": "try:\n    import no_such\nexcept ImportError:\n    pass\nhandler = 1"},
    ),
    "import in function": ("app.handler", {"app.py": "def handler():\n    import no_such"}),
    "standard library": ("app.handler", {"app.py": "import json, xml.etree.ElementTree, sqlite3\nhandler = 1"}),
    "package init fails": ("src.app.handler", {"src/__init__.py": "import no_such", "src/app.py": "handler = 1"}),
    "syntax": ("app.handler", {"app.py": "def handler(:\n    pass"}),
    "syntax elsewhere": ("app.handler", {"app.py": "import b\nhandler = 1", "b.py": "x = = 1"}),
    "return at top": ("app.handler", {"app.py": "handler = 1\nreturn 1"}),
    "tabs": ("app.handler", {"app.py": "if 1:\n\thandler = 1\n        x = 1"}),
    "coding": ("app.handler", {"app.py": "# coding: latin-1\nhandler = 1"}),
    "circle": ("app.handler", {"app.py": "import b\nhandler = 1", "b.py": "import app"}),
    "dunder": ("app.__name__", {"app.py": ""}),
    "data hides a library module": ("app.handler", {"app.py": "import json\nhandler = 1", "json/__init__.py": ""}),
}


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> str:
    return bare_environment(tmp_path_factory.mktemp("python") / "environment")


def verdict_of_cpython(interpreter: str, handler: str, folder: Path) -> list[str | int | None]:
    command = [interpreter, "-I", "-c", PROBE, handler, str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=folder)
    verdict: list[str | int | None] = json.loads(said.stdout)
    return verdict


@pytest.mark.parametrize("case", TREES)
def test_the_verdict_is_cpythons(case: str, interpreter: str, tmp_path: Path) -> None:
    handler, files = TREES[case]
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    kind, detail = verdict_of_cpython(interpreter, handler, tmp_path)

    function = host_function(tmp_path, (interpreter, "-m", "awslambdaric"), handler)
    resolution = resolve(function)
    broken = [each for each in broken_imports(function) if not isinstance(each, Unknown)]

    ours = "no function"
    if isinstance(resolution, Unknown) or (isinstance(resolution, Resolved) and resolution.doubt is not None):
        ours = "unknown"
    if any(isinstance(each, MissingImport) for each in broken) or type(resolution).__name__ in (
        "FileMissing",
        "BadFormat",
    ):
        ours = "import"
    elif any(isinstance(each, SyntaxFault) for each in broken):
        ours = "syntax"
    elif isinstance(resolution, Resolved) and resolution.doubt is None:
        ours = "ok"
    assert ours == kind
    if kind == "import":
        errors = [each.error for each in broken] or [getattr(resolution, "error", "")]
        assert str(detail) in errors[0]
    elif kind == "syntax":
        assert detail in [getattr(each, "line", None) for each in broken]
    elif kind == "ok" and detail is not None and isinstance(resolution, Resolved) and resolution.file is not None:
        assert resolution.file.path == detail
