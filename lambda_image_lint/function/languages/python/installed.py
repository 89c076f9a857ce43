"""Which modules are the function's own, and which came with an installed distribution."""

from weakref import WeakKeyDictionary

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.python.finder import Finder, Module
from lambda_image_lint.function.model import File, Files

_RECORD_LIMIT = 8 * 1024 * 1024
"""Bytes read of a distribution's RECORD; the largest seen, of the whole AWS CLI, has 2 MiB."""


_names: "WeakKeyDictionary[Finder, dict[str, frozenset[str] | None]]" = WeakKeyDictionary()
"""By folder, what `_installed` said: it is asked about each import."""


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
    if entry not in finder.path.code:
        # The records of a site folder need not be read for that.
        return False
    known = _names.setdefault(finder, {})
    if entry not in known:
        known[entry] = _installed(finder.files, entry)
    installed = known[entry]
    return installed is not None and top not in installed


def _installed(files: Files, folder: str) -> frozenset[str] | None:
    """Top-level names that the distributions in a folder record; None where one of them does not tell."""
    names: set[str] = set()
    root = folder.rstrip("/")
    for pattern in (f"{root}/*.dist-info", f"{root}/*.egg-info"):
        listed = files.glob(pattern)
        for file in _direct(files, root) if isinstance(listed, Unknown) else listed:
            if file.path.endswith(pattern[-9:]):
                recorded = _recorded(files, file.path)
                if recorded is None:
                    return None
                names.update(recorded)
    return frozenset(names)


def _direct(files: Files, root: str) -> list[File]:
    return [file for file in files.known_under(root or "/") if file.path.count("/") == root.count("/") + 1]


def _recorded(files: Files, metadata: str) -> set[str] | None:
    """By RECORD, else by ``top_level.txt``."""
    for name in ("RECORD", "top_level.txt"):
        found = files.find(f"{metadata}/{name}")
        content = found.read(_RECORD_LIMIT) if isinstance(found, File) else b""
        if isinstance(content, Unknown) or not content:
            continue
        lines = content.decode("utf-8", "replace").splitlines()
        paths = (line.rpartition(",")[0].rpartition(",")[0].strip('"') if name == "RECORD" else line for line in lines)
        return {path.partition("/")[0].partition(".")[0] for path in paths if path and not path.startswith("..")}
    return None
