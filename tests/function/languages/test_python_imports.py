"""Imports that certainly fail, and those that only may."""

import pytest

from lambda_image_lint.answer import Answer
from lambda_image_lint.function.languages import broken_imports
from tests.function.languages.memory import on_base
from tests.function.languages.words import said

IMPORT = "error=Runtime.ImportModuleError: Unable to import module 'app':"
CHAIN = "chain=[/var/task/app.py]"
BASE: dict[str, str | bytes | None] = {
    "/var/lang/lib/python3.12/os.py": "",
    "/var/lang/lib/python3.12/json/__init__.py": "",
    "/var/lang/lib/python3.12/site-packages/requests/__init__.py": "import not_followed\n",
    "/var/runtime/boto3/__init__.py": "",
}


def broken(
    files: dict[str, str | bytes | None],
    handler: str = "app.handler",
    unknown: tuple[str, ...] = (),
    environment: dict[str, Answer[str]] | None = None,
) -> list[str]:
    contents = {**BASE, **{f"/var/task/{path}" if path[0] != "/" else path: text for path, text in files.items()}}
    function = on_base("python", "3.12", handler, contents, unknown=unknown, environment=environment)
    return [said(each) for each in broken_imports(function)]


@pytest.mark.parametrize(
    "source",
    [
        "import os, sys, json.decoder, boto3, requests.adapters\nfrom os import path\n",
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n",
        "try:\n    import numpy\nexcept Exception:\n    raise\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\n",
        "def handler():\n    import numpy\n",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import numpy\n",
        "if __name__ == '__main__':\n    import numpy\n",
        "import tomllib, asyncio, _thread\n",
    ],
)
def test_what_is_provided_or_may_not_run_is_not_told(source: str) -> None:
    assert broken({"app.py": source}) == []


def test_an_import_that_nothing_provides_is_told_with_its_line() -> None:
    assert broken({"app.py": "import os\nimport numpy.linalg as la\nfrom pandas import DataFrame\n"}) == [
        f"MissingImport file=/var/task/app.py line=2 module=numpy {IMPORT} No module named 'numpy' {CHAIN}",
        f"MissingImport file=/var/task/app.py line=3 module=pandas {IMPORT} No module named 'pandas' {CHAIN}",
    ]


def test_imports_are_followed_through_the_own_code_alone() -> None:
    files: dict[str, str | bytes | None] = {
        "app.py": "import requests\nfrom shop import orders\n",
        "shop/__init__.py": "",
        "shop/orders.py": "from . import prices\nfrom .prices import total\n",
        "shop/prices.py": "import decimals\ntotal = 1\n",
    }
    chain = "chain=[/var/task/app.py, /var/task/shop/orders.py, /var/task/shop/prices.py]"
    assert broken(files) == [
        f"MissingImport file=/var/task/shop/prices.py line=1 module=decimals {IMPORT} No module named 'decimals' {chain}"
    ]


def test_the_packages_around_the_handler_are_imported_first() -> None:
    files: dict[str, str | bytes | None] = {"src/__init__.py": "import numpy\n", "src/app.py": ""}
    assert broken(files, "src.app.handler") == [
        "MissingImport file=/var/task/src/__init__.py line=1 module=numpy "
        "error=Runtime.ImportModuleError: Unable to import module 'src.app': No module named 'numpy' "
        "chain=[/var/task/src/__init__.py]"
    ]


def test_a_relative_import_without_a_package_is_told() -> None:
    assert broken({"app.py": "from . import helper\nfrom .helper import x\n", "helper.py": "x = 1\n"}) == [
        f"MissingImport file=/var/task/app.py line=1 module=. {IMPORT} "
        f"attempted relative import with no known parent package {CHAIN} name=helper",
        f"MissingImport file=/var/task/app.py line=2 module=.helper {IMPORT} "
        f"attempted relative import with no known parent package {CHAIN} name=x",
    ]
    beyond: dict[str, str | bytes | None] = {"src/__init__.py": "", "src/app.py": "from ..helper import x\n"}
    assert [each.partition(" error")[0] for each in broken(beyond, "src.app.handler")] == [
        "MissingImport file=/var/task/src/app.py line=1 module=..helper"
    ]


def test_a_name_that_an_own_module_lacks_is_told_with_the_near_miss() -> None:
    files: dict[str, str | bytes | None] = {
        "app.py": "from helper import total_price\n",
        "helper.py": "def totalPrice(): ...\n",
    }
    assert broken(files) == [
        f"MissingImport file=/var/task/app.py line=1 module=helper {IMPORT} cannot import name 'total_price' from 'helper' "
        f"(/var/task/helper.py) {CHAIN} name=total_price near=[totalPrice]"
    ]


def test_a_module_that_left_the_standard_library_is_told_as_such() -> None:
    assert broken({"app.py": "import distutils.core\n"}) == [
        f"MissingImport file=/var/task/app.py line=1 module=distutils {IMPORT} No module named 'distutils' {CHAIN} "
        "near=[distutils left the standard library in Python 3.12]"
    ]


def test_packages_installed_beside_the_code_are_not_followed() -> None:
    installed: dict[str, str | bytes | None] = {
        "app.py": "import six\nimport yaml\n",
        "six.py": "import not_there\n",
        "six-1.16.0.dist-info/RECORD": "six.py,sha256=x,1\nsix-1.16.0.dist-info/RECORD,,\n",
        "yaml/__init__.py": "import not_there\n",
        "PyYAML-6.0.dist-info/RECORD": None,
        "PyYAML-6.0.dist-info/METADATA": "",
    }
    assert broken(installed) == [], "where one record cannot be read, none of them is followed"
    installed["PyYAML-6.0.dist-info/RECORD"] = "yaml/__init__.py,sha256=x,1\n"
    assert broken(installed) == []
    del installed["six-1.16.0.dist-info/RECORD"]
    installed["six-1.16.0.dist-info/top_level.txt"] = "six\n"
    assert broken(installed) == []
    del installed["six-1.16.0.dist-info/top_level.txt"]
    del installed["PyYAML-6.0.dist-info/METADATA"], installed["PyYAML-6.0.dist-info/RECORD"]
    chain = "chain=[/var/task/app.py, /var/task/yaml/__init__.py]"
    other = f"MissingImport file=/var/task/yaml/__init__.py line=1 module=not_there {IMPORT} No module named 'not_there' {chain}"
    assert other in broken(installed), "what no distribution records is the function's own"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            {"app.py": "import sys\nsys.path.append('/opt/lib')\nimport numpy\n"},
            "/var/task/app.py: line 2 uses sys.path",
        ),
        (
            {
                "app.py": "try:\n    import unzip_requirements\nexcept ImportError:\n    pass\nimport numpy\n",
                "unzip_requirements.py": "import sys\nsys.path.append('/tmp/deps')\n",
            },
            "/var/task/unzip_requirements.py: line 2 uses sys.path",
        ),
        (
            {"app.py": "import numpy\n", "/var/lang/lib/python3.12/site-packages/x.pth": "import hook\n"},
            "/var/lang/lib/python3.12/site-packages/x.pth runs code at start",
        ),
    ],
)
def test_where_the_path_may_change_nothing_is_claimed(files: dict[str, str | bytes | None], reason: str) -> None:
    assert broken(files) == [f"Unknown: {reason}"]


def test_a_pth_file_adds_its_folders() -> None:
    files: dict[str, str | bytes | None] = {
        "app.py": "import numpy\n",
        "/var/lang/lib/python3.12/site-packages/x.pth": "# packages\n/opt/packages\n",
        "/opt/packages/numpy/__init__.py": "",
    }
    assert broken(files) == []


def test_packages_that_a_build_step_may_have_brought_are_unknown() -> None:
    assert broken({"app.py": "import json, numpy\n"}, unknown=("/var/lang/lib/python3.12/site-packages",)) == [
        "Unknown: RUN make install may have written it"
    ]


def test_a_syntax_error_in_an_own_module_is_told_in_the_handlers_name() -> None:
    assert broken({"app.py": "import helper\n", "helper.py": "def x:\n"}) == [
        "SyntaxFault file=/var/task/helper.py line=1 message=expected '(' "
        "error=Runtime.UserCodeSyntaxError: Syntax error in module 'app': expected '(' (helper.py, line 1)"
    ]
