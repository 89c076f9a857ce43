"""Node handlers, held against Node itself where it is there."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages import broken_imports, callback_handler, resolve, wrong_module_kind
from lambda_image_lint.function.languages.node.source import Source, parse
from lambda_image_lint.function.model import RuntimeClient
from tests.function.languages.host import HostFile
from tests.function.languages.memory import MemoryFunction, on_base
from tests.function.languages.words import said

CommonJs = "exports.handler = async () => 1;\n"
Module = "export const handler = async () => 1;\n"
LOOKED = "looked_in=[/var/task, /var/task/node_modules]"


def in_task(handler: str, files: dict[str, str | bytes | None], version: str = "22") -> MemoryFunction:
    return on_base("nodejs", version, handler, {f"/var/task/{path}": text for path, text in files.items()})


@pytest.mark.parametrize(
    ("handler", "files", "expected"),
    [
        ("index.handler", {"index.js": CommonJs}, "Resolved file=/var/task/index.js symbol=handler line=1"),
        ("src/index.handler", {"src/index.js": CommonJs}, "Resolved file=/var/task/src/index.js symbol=handler line=1"),
        ("index.handler", {"index": CommonJs, "index.js": ""}, "Resolved file=/var/task/index symbol=handler line=1"),
        ("index.handler", {"index.js": CommonJs, "index.mjs": ""}, "Resolved file=/var/task/index.js symbol=handler line=1"),
        ("index.handler", {"index.mjs": Module, "index.cjs": ""}, "Resolved file=/var/task/index.mjs symbol=handler line=1"),
        ("index.handler", {"index.cjs": CommonJs}, "Resolved file=/var/task/index.cjs symbol=handler line=1"),
        ("index.handler", {"index/index.js": CommonJs}, "Resolved file=/var/task/index/index.js symbol=handler line=1"),
        (
            "index.handler", {"index/package.json": '{"main": "lib/a"}', "index/lib/a.js": CommonJs},
            "Resolved file=/var/task/index/lib/a.js symbol=handler line=1",
        ),
        ("lib.handler", {"node_modules/lib/index.js": CommonJs}, "Resolved file=/var/task/node_modules/lib/index.js symbol=handler line=1"),
        (
            "my.app.handler", {"my.js": "exports.app = { handler() {} };\n"},
            "Resolved file=/var/task/my.js symbol=app.handler line=1",
        ),
        (
            "index", {"index.js": CommonJs},
            "BadFormat why=it has no dot between file and function error=Runtime.MalformedHandlerName: Bad handler",
        ),
        (
            "../index.handler", {},
            "BadFormat why=it has two dots in a row error=Runtime.MalformedHandlerName: '../index.handler' is not a valid handler "
            "name. Use absolute paths when specifying root directories in handler names.",
        ),
        (
            "index.handler", {"src/index.js": CommonJs},
            f"FileMissing module=index error=Runtime.ImportModuleError: Error: Cannot find module 'index' {LOOKED} "
            "near=[/var/task/src/index.js] suggestion=src/index.handler",
        ),
        (
            "index.handler", {"index.ts": Module},
            f"FileMissing module=index error=Runtime.ImportModuleError: Error: Cannot find module 'index' {LOOKED} "
            "near=[/var/task/index.ts]",
        ),
        (
            "app.handler", {"app.mjs": Module, "app/data.json": "{}"},
            f"FileMissing module=app error=Runtime.ImportModuleError: Error: Cannot find module 'app' {LOOKED} "
            "near=[/var/task/app.mjs]",
        ),
        (
            "index.handler", {"index.js": "exports.handlr = 1;\n"},
            "FunctionMissing file=/var/task/index.js symbol=handler error=Runtime.HandlerNotFound: index.handler is undefined or "
            "not exported defined=[handlr] near=[handlr] suggestion=index.handlr",
        ),
        (
            "index.handler", {"index.mjs": "export default { handler: 1 };\n"},
            "FunctionMissing file=/var/task/index.mjs symbol=handler error=Runtime.HandlerNotFound: index.handler is undefined or "
            "not exported defined=[default]",
        ),
        (
            "index.handler", {"index.js": "module.exports = make();\n"},
            "Resolved file=/var/task/index.js symbol=handler doubt=(/var/task/index.js: line 1 exports a computed value)",
        ),
    ],
)  # fmt: skip
def test_a_node_handler_is_resolved_as_the_client_does(
    handler: str, files: dict[str, str | bytes | None], expected: str
) -> None:
    assert said(resolve(in_task(handler, files))) == expected


@pytest.mark.parametrize(
    ("version", "working_dir", "path", "found"),
    [
        ("3.3.0", "/function", "/function/index.js", "Resolved"),
        ("4.0.1", "/function", "/function/index.js", "OutsidePath"),
        ("4.0.1", "/function", "/var/task/index.js", "Resolved"),
        (None, "/function", "/function/index.js", "Unknown"),
        ("latest", "/function", "/function/index.js", "Unknown"),
        (None, "/var/task", "/var/task/index.js", "Resolved"),
    ],
)
def test_the_clients_version_decides_which_folder_it_starts_from(
    version: str | None, working_dir: str, path: str, found: str
) -> None:
    function = MemoryFunction({path: CommonJs}, entrypoint=("npx", "aws-lambda-ric"), command=("index.handler",))
    function.working_dir = working_dir
    function.runtime_client = RuntimeClient("aws-lambda-ric", version, None)
    assert said(resolve(function)).startswith(found)


EXPORTS = {
    "assigned": "exports.a = 1; exports['b'] = 2; module.exports.c = 3;",
    "object": "const c = 3; module.exports = { a: 1, 'b': 2, c, d() {}, get e() { return 1 } };",
    "chain": "exports = module.exports = { a: 1 }; exports.b = 2;",
    "function with members": "module.exports = function () {}; module.exports.a = 1;",
    "class": "class A {} module.exports = A; module.exports.a = 1;",
    "typescript": '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.a = void 0;\n'
    "const a = async (event) => 1;\nexports.a = a;\n",
    "esbuild": "var __defProp = Object.defineProperty;\nvar __export = (target, all) => {\n  for (var name in all)\n"
    "    __defProp(target, name, { get: all[name], enumerable: true });\n};\nvar __toCommonJS = (mod) => mod;\n"
    "var src_exports = {};\n__export(src_exports, {\n  a: () => a,\n  b: () => b\n});\n"
    "module.exports = __toCommonJS(src_exports);\nvar a = 1;\nvar b = 2;\n0 && (module.exports = {\n  a,\n  b\n});\n",
    "conditional": "if (process.env.NEVER) { exports.a = 1 } else { exports.b = 2 } exports.a = 1;",
    "passed on": "module.exports = { ...require('./other'), b: 1 };",
    "passed on whole": "module.exports = require('./other');",
    "assign": "Object.assign(exports, { a: 1 }, { b: 2 });",
    "main guard": "exports.a = 1; if (require.main === module) { console.log(module.id) }",
}
MODULES = {
    "declarations": "export const a = 1, { b, c: [d] } = { b: 1, c: [1] }; export function e() {} export class F {}",
    "list": "const x = 1, y = 2; export { x as a, y as 'b c', x };",
    "default": "export default function () {}\nexport let a = 1;",
    "star": "export * from './other.mjs'; export * as ns from './other.mjs';",
    "re-export": "export { a as b } from './other.mjs';",
    "async generator": "export async function* a() {}",
    "minified": "const e=1;export{e as handler};",
}


@pytest.fixture(scope="module")
def node() -> str:
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is missing")
    return program


def names_by_node(node: str, path: Path) -> set[str]:
    load = (
        f"import({json.dumps(str(path))})"
        if path.suffix == ".mjs"
        else f"Promise.resolve(require({json.dumps(str(path))}))"
    )
    script = f"{load}.then(found => console.log(JSON.stringify(Object.getOwnPropertyNames(found))))"
    said_by_node = subprocess.run([node, "-e", script], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(said_by_node.stdout)) - {"__esModule", "length", "name", "prototype", "arguments", "caller"}


@pytest.mark.parametrize(
    ("case", "suffix"), [*((case, ".js") for case in EXPORTS), *((case, ".mjs") for case in MODULES)]
)
def test_the_exports_are_those_that_node_sees(node: str, case: str, suffix: str, tmp_path: Path) -> None:
    (tmp_path / "other.js").write_text("exports.a = 1;")
    (tmp_path / "other.mjs").write_text("export const a = 1;")
    path = tmp_path / f"index{suffix}"
    path.write_text((EXPORTS if suffix == ".js" else MODULES)[case])
    source = parse(HostFile(str(path)))
    assert isinstance(source, Source)
    ours = {name for name in source.exports if name != "__esModule"} | ({"a"} if source.stars else set())
    assert (source.dynamic is None or "exports A" in source.dynamic, ours) == (True, names_by_node(node, path))


@pytest.mark.parametrize(
    "source",
    [
        "(() => { const e = {}; module.exports = e })();",
        "factory(exports);",
        "const app = module.exports = {}; app.handler = 1;",
        "for (const name of names) exports[name] = 1;",
        "module.exports = { ...all };",
        "(function (root, factory) { factory(exports) })(this, function (exports) { exports.a = 1 });",
    ],
)
def test_exports_that_no_text_shows_are_doubted(source: str) -> None:
    verdict = said(resolve(in_task("index.handler", {"index.js": source})))
    assert verdict.startswith("Resolved file=/var/task/index.js symbol=handler doubt=")


IMPORT_FAULT = "WrongKind fault=import or export in a CommonJS module file=/var/task/index.js line=1 word="
UserCodeSyntaxError = "error=Runtime.UserCodeSyntaxError: SyntaxError:"


@pytest.mark.parametrize(
    ("version", "files", "expected"),
    [
        ("22", {"index.js": "import fs from 'fs';\n"}, f"{IMPORT_FAULT}import {UserCodeSyntaxError} Cannot use import statement outside a module"),
        ("20", {"index.js": Module}, f"{IMPORT_FAULT}export {UserCodeSyntaxError} Unexpected token 'export'"),
        ("24", {"index.js": Module}, "None"),
        ("24", {"index.js": Module, "package.json": '{"type": "commonjs"}'}, f"{IMPORT_FAULT}export {UserCodeSyntaxError} Unexpected token 'export'"),
        ("22", {"index.js": Module, "package.json": '{"type": "module"}'}, "None"),
        ("22", {"index.mjs": Module}, "None"),
        ("22", {"index.js": CommonJs}, "None"),
        (
            "22", {"index.mjs": "const fs = require('fs');\n"},
            "WrongKind fault=CommonJS in an ES module file=/var/task/index.mjs line=1 word=require "
            "error=ReferenceError: require is not defined in ES module scope",
        ),
        (
            "22", {"index.js": "import 'fs';\nmodule.exports = {};\n", "package.json": '{"type": "module"}'},
            "WrongKind fault=CommonJS in an ES module file=/var/task/index.js line=2 word=module "
            "error=ReferenceError: module is not defined in ES module scope",
        ),
        ("22", {"index.mjs": "import { createRequire } from 'module';\nconst require = createRequire(import.meta.url);\nrequire('fs');\n"}, "None"),
        ("22", {"index.mjs": "export const f = () => require('fs');\n"}, "None"),
        ("22", {"index.mjs": "typeof require === 'function' && require('fs');\n"}, "None"),
        (
            "22", {"index.ts": Module},
            "WrongKind fault=only TypeScript is there file=/var/task/index.ts word=.ts "
            "error=Runtime.ImportModuleError: Error: Cannot find module 'index'",
        ),
    ],
)  # fmt: skip
def test_a_module_of_the_wrong_kind_is_told(version: str, files: dict[str, str | bytes | None], expected: str) -> None:
    assert said(wrong_module_kind(in_task("index.handler", files, version))) == expected


def test_node_options_leave_the_kind_undecided() -> None:
    function = in_task("index.handler", {"index.js": Module})
    function.environment = {"NODE_OPTIONS": "--experimental-require-module"}
    assert said(wrong_module_kind(function)) == "Unknown: NODE_OPTIONS is set"


@pytest.mark.parametrize(
    ("version", "source", "is_told"),
    [
        ("24", "exports.handler = (event, context, callback) => {};\n", True),
        ("24", "exports.handler = handler;\nfunction handler(event, context, callback) {}\n", True),
        ("22", "exports.handler = (event, context, callback) => {};\n", False),
        ("24", "exports.handler = async (event, context, callback) => {};\n", False),
        ("24", "exports.handler = (event, context, callback = null) => {};\n", False),
        ("24", "exports.handler = (event, ...rest) => {};\n", False),
        ("24", "exports.handler = (event, context) => {};\n", False),
    ],
)
def test_a_callback_handler_is_told_where_node_refuses_it(version: str, source: str, is_told: bool) -> None:
    expected = "CallbackHandler file=/var/task/index.js line={} symbol=handler error=Runtime.CallbackHandlerDeprecated"
    line = source.rstrip().count("\n") + 1
    verdict = said(callback_handler(in_task("index.handler", {"index.js": source}, version)))
    assert verdict == (expected.format(line) if is_told else "None")


def test_what_a_handler_is_made_by_a_call_is_unknown() -> None:
    function = in_task("index.handler", {"index.js": "exports.handler = wrap(3);\n"}, "24")
    assert said(callback_handler(function)) == "Unknown: what handler is cannot be told from its text"


def test_modules_that_are_not_there_are_told_through_the_own_code() -> None:
    files: dict[str, str | bytes | None] = {
        "index.js": "const a = require('./lib/a');\nrequire('left-pad');\nrequire('@aws-sdk/client-s3');\nrequire('node:fs/promises');\n",
        "lib/a.js": "require('../data.json');\nrequire('./B');\ntry { require('maybe') } catch {}\nconst f = () => require('later');\n",
        "lib/b.js": "",
        "data.json": "{}",
    }
    assert [
        said(each)
        for each in broken_imports(in_task("index.handler", files | {"index.js": str(files["index.js"]) + CommonJs}))
    ] == [
        "MissingImport file=/var/task/index.js line=2 module=left-pad error=Runtime.ImportModuleError: Error: Cannot find module "
        "'left-pad' chain=[/var/task/index.js]",
        "MissingImport file=/var/task/lib/a.js line=2 module=./B error=Runtime.ImportModuleError: Error: Cannot find module './B' "
        "chain=[/var/task/index.js, /var/task/lib/a.js] near=[b.js]",
    ]


def test_an_import_needs_the_whole_name_and_a_package_its_folder() -> None:
    files: dict[str, str | bytes | None] = {
        "index.mjs": f"import './a';\nimport './a.mjs';\nimport x from '@scope/x/sub';\nimport y from 'y';\n{Module}",
        "a.mjs": "",
        "node_modules/@scope/x/package.json": "{}",
    }
    assert [said(each) for each in broken_imports(in_task("index.handler", files))] == [
        "MissingImport file=/var/task/index.mjs line=1 module=./a error=Error [ERR_MODULE_NOT_FOUND]: Cannot find module "
        "'/var/task/a' imported from /var/task/index.mjs chain=[/var/task/index.mjs] near=[a.mjs]",
        "MissingImport file=/var/task/index.mjs line=4 module=y error=Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'y' "
        "imported from /var/task/index.mjs chain=[/var/task/index.mjs]",
    ]


def test_packages_that_a_build_step_may_have_brought_are_unknown() -> None:
    function = on_base(
        "nodejs",
        "22",
        "index.handler",
        {"/var/task/index.js": f"require('x');\n{CommonJs}"},
        unknown=("/var/task/node_modules",),
    )
    verdicts = list(broken_imports(function))
    assert [isinstance(each, Unknown) for each in verdicts] == [True]
