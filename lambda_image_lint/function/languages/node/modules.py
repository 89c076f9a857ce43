"""What stops a Node module from loading: the wrong kind of module, imports that nothing provides, an old signature."""

import re
from collections.abc import Iterator
from enum import StrEnum
from posixpath import dirname, join, normpath

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.languages.nearest import nearest
from lambda_image_lint.function.languages.node.handler import app_root, find_export, loader_of, locate, resolve, split
from lambda_image_lint.function.languages.node.loader import Loader, NoModule, is_builtin
from lambda_image_lint.function.languages.node.source import Load, Source, parse
from lambda_image_lint.function.languages.resolution import Broken, MissingImport, Resolved
from lambda_image_lint.function.languages.start import BASE_CLIENT, Start
from lambda_image_lint.function.model import File, Function

_MODULES_MAX = 500
"""Modules of the function's own that are followed."""
CALLBACKS_END = 24
"""Major version of Node from which Lambda refuses callback handlers. Source: aws-lambda-ric's
``WarningForCallbackHandlers.js``, 3.3.0, and the AWS base images' notes; read 2026-11-23."""


class KindFault(StrEnum):
    """How a module's text and its kind disagree."""

    IMPORT_IN_COMMONJS = "import or export in a CommonJS module"
    REQUIRE_IN_MODULE = "CommonJS in an ES module"
    TYPESCRIPT_ONLY = "only TypeScript is there"


class WrongKind(Struct, frozen=True):
    """A module that Node loads as another kind than it is written in."""

    fault: KindFault
    file: File
    line: int | None
    word: str
    """``import``, ``export``, ``require``, ``module``, ``exports``, or the suffix ``.ts``."""
    error: str


class CallbackHandler(Struct, frozen=True):
    """A handler that takes a callback, which this Node refuses."""

    file: File
    line: int
    symbol: str
    error: str = "Runtime.CallbackHandlerDeprecated"


def wrong_kind(function: Function, start: Start, handler: str) -> Answer[WrongKind | None]:
    """Of the handler's own module."""
    parts, root = split(handler), app_root(function, start)
    if isinstance(root, Unknown):
        return root
    if parts is None or ".." in handler:
        return None
    loader = loader_of(function, start)
    stem = (
        f"{root.rstrip('/')}/{parts.folder}{parts.module}"
        if not parts.folder.startswith("/")
        else f"{parts.folder}{parts.module}"
    )
    found = locate(loader, stem, root, parts)
    if isinstance(found, NoModule):
        return _typescript_only(loader, stem, parts.module)
    if isinstance(found, Unknown):
        return found
    source = parse(found)
    if isinstance(source, Unknown):
        return source
    is_module = loader.is_module(found.path)
    if isinstance(is_module, Unknown):
        return is_module
    if is_module:
        return _common_in_module(source)
    return _module_in_common(function, start, loader, source)


def _typescript_only(loader: Loader, stem: str, module: str) -> WrongKind | None:
    for suffix in (".ts", ".mts", ".cts"):
        found = loader.file(stem + suffix)
        if isinstance(found, File):
            error = f"Runtime.ImportModuleError: Error: Cannot find module '{module}'"
            return WrongKind(KindFault.TYPESCRIPT_ONLY, found, None, suffix, error)
    return None


def _common_in_module(source: Source) -> WrongKind | None:
    if source.common_syntax is None or source.dynamic == "a part of it is not understood":
        return None
    line, word = source.common_syntax
    error = f"ReferenceError: {word} is not defined in ES module scope"
    return WrongKind(KindFault.REQUIRE_IN_MODULE, source.file, line, word, error)


def _module_in_common(function: Function, start: Start, loader: Loader, source: Source) -> Answer[WrongKind | None]:
    if source.module_syntax is None:
        return None
    declared = loader.declared_type(source.file.path) if source.file.path.endswith(".js") else "commonjs"
    if isinstance(declared, Unknown):
        return declared
    if declared != "commonjs":
        loads_anyway = _requires_modules(function, start)
        if isinstance(loads_anyway, Unknown):
            return loads_anyway
        if loads_anyway:
            return None
    line, word = source.module_syntax
    said = "Cannot use import statement outside a module" if word == "import" else "Unexpected token 'export'"
    error = f"Runtime.UserCodeSyntaxError: SyntaxError: {said}"
    return WrongKind(KindFault.IMPORT_IN_COMMONJS, source.file, line, word, error)


def _requires_modules(function: Function, start: Start) -> Answer[bool]:
    """Does ``require`` take a module that only its syntax shows to be one?

    Node does from 20.19, 22.12 and 23 on; the AWS bases of Node 20 and 22 switch it off. Sources:
    nodejs.org/api/modules.html, docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html, read 2026-11-23.
    """
    options = function.environment.get("NODE_OPTIONS", "")
    if isinstance(options, Unknown):
        return options
    if options:
        return Unknown("NODE_OPTIONS is set", function.where("environment.NODE_OPTIONS"))
    version = node_version(function)
    if isinstance(version, Unknown):
        return version
    major, minor = version
    if start.client == BASE_CLIENT:
        return major > 22
    if major in (20, 22) and minor is None:
        return Unknown(f"the minor version of Node {major} is unknown", function.where("base"))
    return major > 22 or (major, minor or 0) >= (22, 12) or (major == 20 and (minor or 0) >= 19)


def node_version(function: Function) -> Answer[tuple[int, int | None]]:
    """(major, minor) of the image's Node: by the AWS base, by its headers, by the tag of an official image."""
    if function.base is not None and function.base.language == "nodejs":
        major = re.match(r"\d+", function.base.version or "")
        if major:
            return int(major[0]), None
    for prefix in ("/usr/local", "/var/lang", "/usr"):
        header = function.files.find(f"{prefix}/include/node/node_version.h")
        content = header.read(8192) if isinstance(header, File) else b""
        if isinstance(content, bytes):
            numbers = dict(re.findall(rb"#define NODE_(MAJOR|MINOR)_VERSION (\d+)", content))
            if b"MAJOR" in numbers and b"MINOR" in numbers:
                return int(numbers[b"MAJOR"]), int(numbers[b"MINOR"])
    reference = function.base_reference
    match = re.search(r"(?:^|/)node:(\d+)(?:\.(\d+))?(?:[.-]|$|@)", reference) if isinstance(reference, str) else None
    if match:
        return int(match[1]), int(match[2]) if match[2] else None
    return Unknown("the version of Node is unknown", function.where("base"))


def callback_handler(function: Function, start: Start, handler: str) -> Answer[CallbackHandler | None]:
    """A handler of three parameters, on an AWS base that refuses it."""
    if start.client != BASE_CLIENT:
        return Unknown("which clients of other bases refuse callbacks is not known", function.where("entrypoint"))
    version = node_version(function)
    if not isinstance(version, Unknown) and version[0] < CALLBACKS_END:
        return None
    resolution = resolve(function, start, handler)
    if isinstance(resolution, Unknown):
        return resolution
    if not isinstance(resolution, Resolved) or resolution.file is None:
        return None
    source = parse(resolution.file)
    if isinstance(source, Unknown):
        return source
    export = find_export(loader_of(function, start), source, resolution.symbol)
    if export is None or isinstance(export, Unknown):
        return export
    if export.parameters is None:
        return Unknown(f"what {resolution.symbol} is cannot be told from its text", resolution.file.place)
    if export.parameters == 3 and not export.is_async:
        if isinstance(version, Unknown):
            return version
        return CallbackHandler(resolution.file, export.line, resolution.symbol)
    return None


def broken_imports(function: Function, start: Start, handler: str) -> Iterator[Broken | Unknown]:
    """Modules that the handler's module certainly loads and that are not there, its own code followed."""
    resolution = resolve(function, start, handler)
    if isinstance(resolution, Unknown):
        yield resolution
        return
    if not isinstance(resolution, Resolved) or resolution.file is None:
        return
    if "NODE_OPTIONS" in function.environment:
        yield Unknown("NODE_OPTIONS is set", function.where("environment.NODE_OPTIONS"))
        return
    yield from _Walk(loader_of(function, start), start).run(resolution.file)


class _Walk:
    """One walk from the handler's module."""

    def __init__(self, loader: Loader, start: Start) -> None:
        self.loader = loader
        self.on_base = start.client == BASE_CLIENT

    def run(self, file: File) -> Iterator[Broken | Unknown]:
        pending: list[tuple[File, tuple[str, ...]]] = [(file, (file.path,))]
        seen = {file.path}
        said: list[Broken | Unknown] = []
        shifted: Unknown | None = None
        while pending and len(seen) < _MODULES_MAX:
            current, chain = pending.pop(0)
            source = parse(current)
            if isinstance(source, Unknown):
                said.append(source)
                continue
            if source.fault is not None:
                said.append(source.fault)
                continue
            if source.shifts_lookup is not None:
                shifted = shifted or Unknown(f"{current.path}: {source.shifts_lookup}", current.place)
            is_module = self.loader.is_module(current.path)
            for load in source.loads:
                if load.is_import and is_module is not True:
                    continue
                found = self._load(current, load, chain)
                if isinstance(found, File):
                    if found.path not in seen and found.path.endswith((".js", ".mjs", ".cjs")):
                        seen.add(found.path)
                        pending.append((found, (*chain, found.path)))
                elif found is not None:
                    said.append(found)
        yield from (shifted or each for each in said)

    def _load(self, file: File, load: Load, chain: tuple[str, ...]) -> File | MissingImport | Unknown | None:
        """The next file of the function's own; what is wrong; None where all is well."""
        specifier = load.specifier
        relative = specifier.startswith(("./", "../", "/")) or specifier in (".", "..")
        if (
            is_builtin(specifier)
            or specifier.startswith(("#", "data:", "file:", "http:", "https:"))
            or "\\" in specifier
        ):
            return None
        if not relative and self.on_base and specifier.startswith(("@aws-sdk/", "@smithy/", "aws-sdk")):
            # The base brings the SDK of its Node version.
            return None
        found = self.loader.target(specifier, file.path, load.is_import)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, File):
            return found if relative and "/node_modules/" not in found.path else None
        near = self._near(specifier, file.path) if relative else ()
        return MissingImport(file, load.line, specifier, _error(file, load, relative), chain, None, near)

    def _near(self, specifier: str, importer: str) -> tuple[str, ...]:
        path = normpath(join(dirname(importer), specifier))
        folder, wanted = dirname(path), path.rpartition("/")[2]
        names = [
            file.path.rpartition("/")[2]
            for file in self.loader.files.known_under(folder)
            if file.path.count("/") == path.count("/")
        ]
        exact = tuple(name for name in names if name.rpartition(".")[0] == wanted)
        stems = {name.rpartition(".")[0] or name: name for name in names}
        like = nearest(wanted.removesuffix(".js"), stems)
        return exact or tuple(stems[stem] for stem in like)


def _error(file: File, load: Load, relative: bool) -> str:
    if not load.is_import:
        return f"Runtime.ImportModuleError: Error: Cannot find module '{load.specifier}'"
    if relative:
        path = normpath(join(dirname(file.path), load.specifier))
        return f"Error [ERR_MODULE_NOT_FOUND]: Cannot find module '{path}' imported from {file.path}"
    package = "/".join(load.specifier.split("/")[: 2 if load.specifier.startswith("@") else 1])
    return f"Error [ERR_MODULE_NOT_FOUND]: Cannot find package '{package}' imported from {file.path}"


__all__ = ["CallbackHandler", "KindFault", "WrongKind", "broken_imports", "callback_handler", "wrong_kind"]
