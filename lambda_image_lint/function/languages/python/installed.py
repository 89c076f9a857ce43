"""Which modules are the function's own, and which came with an installed distribution."""

import re

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.python.finder import Finder, Module
from lambda_image_lint.function.model import File, Files

_RECORD_LIMIT = 8 * 1024 * 1024
"""Bytes read of a distribution's RECORD; the largest seen, of the whole AWS CLI, has 2 MiB."""
_METADATA = re.compile(r"/([^/]+?)(?:-[^/]*)?\.(?:dist|egg)-info(?:/[^/]+)?$")


def is_own(finder: Finder, module: Module, handler_module: str) -> bool:
    """The function's own: in a folder of its code, and in no installed distribution's record.

    ``pip install --target`` puts both side by side. The handler's own package is always its own.
    """
    top = module.name.partition(".")[0]
    if top == handler_module.replace("/", ".").partition(".")[0]:
        return True
    entry = module.entry
    if module.folders or module.file is not None:
        home = finder.find(top)
        entry = home.entry if isinstance(home, Module) else entry
    return entry in finder.path.code and top not in _installed(finder.files, entry)


def _installed(files: Files, folder: str) -> frozenset[str]:
    """Top-level names that the distributions in a folder record."""
    names: set[str] = set()
    seen: set[str] = set()
    root = folder.rstrip("/")
    for pattern in (f"{root}/*.dist-info", f"{root}/*.egg-info"):
        listed = files.glob(pattern)
        for file in _direct(files, root) if isinstance(listed, Unknown) else listed:
            match = _METADATA.search(file.path)
            if match and file.path not in seen:
                seen.add(file.path)
                names.update(_recorded(files, file.path, match[1]))
    return frozenset(names)


def _direct(files: Files, root: str) -> list[File]:
    return [file for file in files.known_under(root or "/") if file.path.count("/") == root.count("/") + 1]


def _recorded(files: Files, metadata: str, project: str) -> set[str]:
    """By RECORD, else by the project's name."""
    found = files.find(f"{metadata}/RECORD")
    content = found.read(_RECORD_LIMIT) if isinstance(found, File) else b""
    guess = {project.lower().replace("-", "_"), project.replace("-", "_")}
    if isinstance(content, Unknown) or not content:
        return guess
    paths = (
        line.rpartition(",")[0].rpartition(",")[0].strip('"')
        for line in content.decode("utf-8", "replace").splitlines()
    )
    return guess | {path.partition("/")[0].partition(".")[0] for path in paths if path and not path.startswith("..")}
