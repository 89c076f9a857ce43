"""The function's own code: the handler's module and what it loads, as far as it is certain whose they are."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.resolution import Language, Resolved
from lambda_image_lint.function.languages.start import Start, start_of
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.rulekit.handlers import resolution

_MODULES_MAX = 500
"""Modules that are followed: as many as the search for missing imports follows."""


class OwnModule(Struct, frozen=True):
    """A source of the function's own."""

    file: File
    certain: bool
    """It is loaded whenever the handler's module is; False: it may be."""
    is_handler: bool = False


_modules: "WeakKeyDictionary[Function, tuple[OwnModule, ...]]" = WeakKeyDictionary()


def own_modules(function: Function, language: Language | None = None) -> tuple[OwnModule, ...]:
    """The handler's module first, then what it loads, nearest first; empty where the handler is not found, or the
    function is not in `language`. Python and Node are followed, of the others only the handler's file is known."""
    start = start_of(function)
    if isinstance(start, Unknown) or start is None or language not in (None, start.language):
        return ()
    if function not in _modules:
        _modules[function] = tuple(_follow(function, start))
    return _modules[function]


def _follow(function: Function, start: Start) -> Iterator[OwnModule]:
    found = resolution(function)
    if not isinstance(found, Resolved) or found.file is None or start.handler is None:
        return
    if start.language is Language.PYTHON:
        yield from _python(function, start, start.handler, found.file)
    elif start.language is Language.NODE:
        yield from _node(function, start, found.file)
    else:
        yield OwnModule(found.file, certain=True, is_handler=True)


def _python(function: Function, start: Start, handler: str, file: File) -> Iterator[OwnModule]:
    from lambda_image_lint.function.languages.python.finder import Module
    from lambda_image_lint.function.languages.python.handler import finder_of
    from lambda_image_lint.function.languages.python.installed import is_own
    from lambda_image_lint.function.languages.python.names import absolute_name
    from lambda_image_lint.function.languages.python.source import Source, parse

    finder = finder_of(function, start)
    if isinstance(finder, Unknown):
        return
    written = handler.rpartition(".")[0]
    pending = [(written.replace("/", "."), True)]
    seen: set[str] = set()
    while pending and len(seen) < _MODULES_MAX:
        name, certain = pending.pop(0)
        module = finder.find(name)
        if name in seen or not isinstance(module, Module) or not is_own(finder, module, written):
            continue
        seen.add(name)
        if name.rpartition(".")[0]:
            # The package around a module is imported before it.
            pending.append((name.rpartition(".")[0], certain))
        if module.file is None:
            continue
        yield OwnModule(module.file, certain, is_handler=module.file.path == file.path)
        source = parse(module.file, written, finder.path.minor) if module.is_source else None
        for one in source.imports if isinstance(source, Source) else ():
            target = absolute_name(finder, source, one, module) if isinstance(source, Source) else ""
            if target:
                pending.append((target, certain and one.certain))
                if one.name not in (None, "*"):
                    pending.append((f"{target}.{one.name}", certain and one.certain))


def _node(function: Function, start: Start, file: File) -> Iterator[OwnModule]:
    from lambda_image_lint.function.languages.node.handler import loader_of
    from lambda_image_lint.function.languages.node.source import parse

    loader = loader_of(function, start)
    pending = [(file, True)]
    seen: set[str] = set()
    while pending and len(seen) < _MODULES_MAX:
        current, certain = pending.pop(0)
        if current.path in seen:
            continue
        seen.add(current.path)
        yield OwnModule(current, certain, is_handler=current.path == file.path)
        source = parse(current) if current.path.endswith((".js", ".mjs", ".cjs")) else Unknown("it is no script")
        for load in () if isinstance(source, Unknown) else source.loads:
            if load.specifier.startswith(("./", "../", "/")) or load.specifier in (".", ".."):
                target = loader.target(load.specifier, current.path, load.is_import)
                if isinstance(target, File) and "/node_modules/" not in target.path:
                    pending.append((target, certain and load.certain))
