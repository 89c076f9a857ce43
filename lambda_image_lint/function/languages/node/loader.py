"""Which file a specifier stands for, by the rules of Node's two loaders.

Source: nodejs.org/api/modules.html ("All together") and nodejs.org/api/esm.html ("Resolution Algorithm"), read
2026-11-23.
"""

import json
from posixpath import dirname, join, normpath

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.model import File, Files, Kind, Packaged

_PACKAGE_LIMIT = 1024 * 1024
"""Bytes read of a ``package.json``; the largest published ones have some 100 KiB."""

# Source: require("module").builtinModules of Node 18 to 24, without subpaths and private names; read 2026-11-23.
_BUILTIN = (
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs "
    "http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream "
    "string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib"
)
BUILTIN = frozenset(_BUILTIN.split())


class NoModule(Struct, frozen=True):
    """Nothing is there: the places looked at."""

    looked_in: tuple[str, ...]


Loaded = File | NoModule | Unknown


def is_builtin(specifier: str) -> bool:
    """``fs``, ``fs/promises``, ``node:test``."""
    return specifier.startswith("node:") or specifier.partition("/")[0] in BUILTIN


class Loader:
    """Resolves specifiers in a file system."""

    def __init__(self, files: Files, extra_folders: tuple[str, ...] = ()) -> None:
        self.files = files
        self.extra_folders = extra_folders
        """Of NODE_PATH."""

    def file(self, path: str) -> Loaded:
        """A regular file at exactly this path."""
        found = self.files.find(path)
        if isinstance(found, Unknown) or (isinstance(found, File) and found.kind is Kind.FILE):
            return found
        return NoModule((path,))

    def exists(self, path: str) -> Answer[bool]:
        """As ``fs.existsSync``: anything there."""
        found = self.files.find(path)
        return found if isinstance(found, Unknown) else isinstance(found, File)

    def required_path(self, path: str) -> Loaded:
        """``require("/absolute/path")``: as a file, with a suffix, as a folder."""
        return self._first([path, f"{path}.js", f"{path}.json", f"{path}.node"], path)

    def _first(self, candidates: list[str], folder: str | None) -> Loaded:
        doubt: Unknown | None = None
        for candidate in candidates:
            found = self.file(candidate)
            if isinstance(found, File):
                return found
            if isinstance(found, Unknown):
                doubt = doubt or found
        if folder is not None:
            found = self._folder(folder)
            if isinstance(found, File):
                return found
            doubt = doubt or (found if isinstance(found, Unknown) else None)
        return doubt or NoModule(tuple(candidates))

    def _folder(self, folder: str) -> Loaded:
        main = self.package(folder)
        if isinstance(main, Unknown):
            return main
        entry = main.get("main") if main is not None else None
        index = [f"{folder}/{name}" for name in ("index.js", "index.json", "index.node")]
        if not isinstance(entry, str) or not entry:
            return self._first(index, None)
        path = normpath(join(folder, entry))
        inner = [f"{path}/{name}" for name in ("index.js", "index.json", "index.node")]
        return self._first([path, f"{path}.js", f"{path}.json", f"{path}.node", *inner, *index], None)

    def package(self, folder: str) -> Answer[dict[str, object] | None]:
        """The ``package.json`` of a folder; None where there is none, or none that can be read as an object."""
        found = self.files.find(join(folder, "package.json"))
        if isinstance(found, Unknown):
            return found
        content = found.read(_PACKAGE_LIMIT) if isinstance(found, File) else b"null"
        if isinstance(content, Unknown):
            return content
        try:
            data = json.loads(content)
        except (ValueError, RecursionError):
            return None
        return data if isinstance(data, dict) else None

    def is_module(self, path: str) -> Answer[bool]:
        """Does Node load the file as an ECMAScript module? By its suffix, else by the nearest ``package.json``."""
        if path.endswith((".mjs", ".cjs")):
            return path.endswith(".mjs")
        kind = self.declared_type(path) if path.endswith(".js") else None
        return kind if isinstance(kind, Unknown) else kind == "module"

    def declared_type(self, path: str) -> Answer[str | None]:
        """The ``type`` of the nearest ``package.json``; None where it has none, or where there is no such file."""
        folder = dirname(path)
        while not folder.endswith("/node_modules"):
            there = self.exists(join(folder, "package.json"))
            if isinstance(there, Packaged) and there.packages == ():
                # No well-known base image has one above the function's code.
                there = False
            if isinstance(there, Unknown):
                return there
            if there:
                package = self.package(folder)
                if isinstance(package, Unknown):
                    return package
                kind = (package or {}).get("type")
                return kind if isinstance(kind, str) else None
            if folder == "/":
                break
            folder = dirname(folder)
        return None

    def package_folder(self, specifier: str, start: str) -> Loaded:
        """The folder (or single file) of a package in ``node_modules``, upward from `start`, then in NODE_PATH."""
        parts = specifier.split("/")
        name = "/".join(parts[: 2 if specifier.startswith("@") else 1])
        looked_in = []
        doubt: Unknown | None = None
        for folder in (*_node_modules(start), *self.extra_folders):
            looked_in.append(folder)
            for path in (f"{folder}/{name}", f"{folder}/{name}.js"):
                found = self.files.find(path)
                if isinstance(found, File):
                    return found
                if isinstance(found, Unknown):
                    doubt = doubt or found
        return doubt or NoModule(tuple(looked_in))

    def target(self, specifier: str, importer: str, is_import: bool) -> Loaded:
        """What a specifier in `importer` stands for; of a package only its folder."""
        if specifier.startswith(("./", "../", "/")) or specifier in (".", ".."):
            path = normpath(join(dirname(importer), specifier))
            return self.file(path) if is_import else self.required_path(path)
        return self.package_folder(specifier, dirname(importer))


def _node_modules(start: str) -> list[str]:
    folders = []
    folder = start
    while True:
        if not folder.endswith("/node_modules"):
            folders.append(f"{folder.rstrip('/')}/node_modules")
        if folder == "/":
            return folders
        folder = dirname(folder)
