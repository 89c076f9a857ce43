"""Which file and function a Node handler stands for, and in which words Lambda refuses it.

Source: aws-lambda-ric's ``UserFunction.js`` and ``bin/index.mjs``, 2.0 to 3.3, read 2026-11-23: the last part of the
path splits at its first dot, the file is tried without suffix, then as .js, .mjs and .cjs, then in ``node_modules``.
"""

import re
from posixpath import join, normpath

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.languages.nearest import nearest
from lambda_image_lint.function.languages.node.loader import Loaded, Loader, NoModule
from lambda_image_lint.function.languages.node.source import Export, Source, parse
from lambda_image_lint.function.languages.own import may_hold
from lambda_image_lint.function.languages.resolution import (
    BadFormat,
    FileMissing,
    FunctionMissing,
    OutsidePath,
    Resolution,
    Resolved,
)
from lambda_image_lint.function.languages.start import BASE_CLIENT, Start
from lambda_image_lint.function.model import File, Function, Kind

TASK_ROOT = "/var/task"
"""Lambda sets LAMBDA_TASK_ROOT to this, whatever the image says."""


class Parts(Struct, frozen=True):
    """A handler string, taken apart: ``src/my.app.handler`` → ``src/``, ``my``, ``app.handler``."""

    folder: str
    module: str
    path: str


def split(handler: str) -> Parts | None:
    """None where the last part of the path has no dot."""
    last = handler.rstrip("/").rpartition("/")[2]
    folder = handler[: handler.find(last)]
    match = re.fullmatch(r"([^.]*)\.(.*)", last, re.DOTALL)
    return Parts(folder, match[1], match[2]) if match else None


def app_root(function: Function, start: Start) -> Answer[str]:
    """The folder that handlers start from: the task root on an AWS base and from client 4.0.1 on, else the working directory."""
    if start.client == BASE_CLIENT or function.working_dir == TASK_ROOT:
        return TASK_ROOT
    client = function.runtime_client
    version = None if isinstance(client, Unknown) or client is None else client.version
    major = re.match(r"\d+", version or "")
    if major is None:
        return Unknown(
            "the version of aws-lambda-ric, which decides where it looks, is unknown", function.where("entrypoint")
        )
    if int(major[0]) < 4:
        return function.working_dir
    return TASK_ROOT


def loader_of(function: Function, start: Start) -> Loader:
    """What finds modules as the function's Node will."""
    folders: list[str] = []
    node_path = function.environment.get("NODE_PATH", "")
    if start.client == BASE_CLIENT:
        version = function.base.version if function.base else None
        folders = [f"/opt/nodejs/node{version}/node_modules", "/opt/nodejs/node_modules", "/var/runtime/node_modules"]
    if isinstance(node_path, str):
        folders.extend(entry for entry in node_path.split(":") if entry)
    return Loader(function.files, tuple(folders))


def resolve(function: Function, start: Start, handler: str) -> Answer[Resolution]:
    """What becomes of the handler."""
    if ".." in handler:
        why = f"'{handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names."
        return BadFormat(handler, "it has two dots in a row", f"Runtime.MalformedHandlerName: {why}")
    parts = split(handler)
    if parts is None:
        return BadFormat(
            handler, "it has no dot between file and function", "Runtime.MalformedHandlerName: Bad handler"
        )
    root = app_root(function, start)
    if isinstance(root, Unknown):
        return root
    loader = loader_of(function, start)
    stem = normpath(join(root, parts.folder, parts.module))
    found = locate(loader, stem, root, parts)
    if isinstance(found, Unknown):
        return found
    if isinstance(found, NoModule):
        return _not_found(function, handler, root, stem, parts)
    return _function(loader, handler, parts, found)


def locate(loader: Loader, stem: str, root: str, parts: Parts) -> Loaded:
    """The file that the client loads for a path without suffix."""
    bare = loader.exists(stem)
    if isinstance(bare, Unknown):
        # A file with a suffix that is certainly there is the author's; a folder beside it would hide only .mjs and .cjs.
        bare = False
    if bare:
        return loader.required_path(stem)
    doubt: Unknown | None = None
    for suffix in (".js", ".mjs", ".cjs"):
        found = loader.file(stem + suffix)
        if isinstance(found, File):
            return found
        doubt = doubt or (found if isinstance(found, Unknown) and may_hold(found, parts.module) else None)
    if doubt is None and not parts.folder.startswith("/"):
        package = loader.package_folder(parts.module, root) if parts.module else NoModule(())
        if isinstance(package, File):
            return loader.required_path(package.path) if package.kind is Kind.DIRECTORY else package
        doubt = package if isinstance(package, Unknown) and may_hold(package, parts.module) else None
    return doubt or NoModule((stem, f"{stem}.js", f"{stem}.mjs", f"{stem}.cjs"))


def find_export(
    loader: Loader, source: Source, name: str, seen: frozenset[str] = frozenset()
) -> Export | Unknown | None:
    """The export of that name, stars followed; None where there certainly is none."""
    if name in source.exports:
        return source.exports[name]
    if source.dynamic is not None:
        return Unknown(f"{source.file.path}: {source.dynamic}", source.file.place)
    for specifier in source.stars:
        is_module = source.module_syntax is not None
        target = loader.target(specifier, source.file.path, is_module)
        if not isinstance(target, File) or target.kind is not Kind.FILE or target.path in seen:
            return Unknown(f"{source.file.path} passes on the exports of {specifier}", source.file.place)
        inner = parse(target)
        if isinstance(inner, Unknown):
            return inner
        found = find_export(loader, inner, name, seen | {source.file.path})
        if found is not None:
            return found
    return None


def _function(loader: Loader, handler: str, parts: Parts, file: File) -> Answer[Resolution]:
    symbol = parts.path
    if file.path.endswith((".json", ".node")):
        return Resolved(handler, file, symbol, None, Unknown(f"{file.path} is not source", file.place))
    source = parse(file)
    if isinstance(source, Unknown):
        return Resolved(handler, file, symbol, None, source)
    if source.fault is not None:
        return source.fault
    first, _, rest = symbol.partition(".")
    export = find_export(loader, source, first)
    if isinstance(export, Unknown):
        return Resolved(handler, file, symbol, None, export)
    if export is not None and rest and (export.keys is None or rest.partition(".")[0] in export.keys):
        doubt = (
            Unknown(f"{file.path} exports {first} as an object", file.place)
            if "." in rest or export.keys is None
            else None
        )
        return Resolved(handler, file, symbol, export.line, doubt)
    if export is not None and not rest:
        return Resolved(handler, file, symbol, export.line)
    error = f"Runtime.HandlerNotFound: {handler} is undefined or not exported"
    defined = _exported(loader, source)
    near = nearest(symbol, defined) or tuple(name for name in ("handler", "lambdaHandler") if name in defined)
    suggestion = f"{parts.folder}{parts.module}.{near[0]}" if near else None
    return FunctionMissing(handler, file, symbol, error, defined, near, suggestion)


def _exported(loader: Loader, source: Source, seen: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Names known to be exported, stars followed."""
    names = [name for name in source.exports if name != "__esModule"]
    for specifier in source.stars:
        target = loader.target(specifier, source.file.path, source.module_syntax is not None)
        inner = parse(target) if isinstance(target, File) and target.path not in seen else None
        if isinstance(inner, Source):
            names.extend(_exported(loader, inner, seen | {source.file.path}))
    return tuple(dict.fromkeys(names))


_SUFFIXES = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")


def _not_found(function: Function, handler: str, root: str, stem: str, parts: Parts) -> Resolution:
    written = f"{parts.folder}{parts.module}"
    error = f"Runtime.ImportModuleError: Error: Cannot find module '{parts.module}'"
    looked_in = (stem.rpartition("/")[0] or "/", f"{root}/node_modules")
    own = [file for file in function.files.known_under(root) if _is_own_source(file)]
    same = [file.path for file in own if _stem(file.path).rpartition("/")[2] == parts.module]
    stems = {_stem(file.path).removeprefix(f"{root.rstrip('/')}/"): file.path for file in own}
    like = nearest(written, stems) or nearest(parts.module, (name for name in stems if "/" not in name))
    near = tuple(
        dict.fromkeys([*sorted(same, key=lambda path: (path.count("/"), path)), *(stems[name] for name in like)])
    )[:3]
    if near:
        loadable = next((path for path in near if path.endswith((".js", ".mjs", ".cjs"))), None)
        relative = _stem(loadable).removeprefix(f"{root.rstrip('/')}/") if loadable else None
        suggestion = f"{relative}.{parts.path}" if relative else None
        # Equal where a folder of that name keeps Node from looking at the file.
        return FileMissing(handler, written, error, looked_in, near, None if suggestion == handler else suggestion)
    tails = tuple(f"/{written.strip('./')}{suffix}" for suffix in _SUFFIXES[:3])
    outside = tuple(
        file
        for file in function.files.known_under("/")
        if file.path.endswith(tails)
        and _is_own_source(file)
        and not file.path.startswith(("/usr/", "/var/lang/", "/var/runtime/"))
    )
    if outside:
        return OutsidePath(handler, written, error, looked_in, outside)
    return FileMissing(handler, written, error, looked_in)


def _is_own_source(file: File) -> bool:
    return file.path.endswith(_SUFFIXES) and "/node_modules/" not in file.path and not file.path.endswith(".d.ts")


def _stem(path: str) -> str:
    return path.rpartition(".")[0]
