"""Which file and function a Python handler stands for, and in which words Lambda refuses it.

Source: awslambdaric's ``bootstrap._get_handler``, 1.0 to 4.0.1, read 2026-11-23: the string splits at its last dot,
slashes in the module become dots, `importlib.import_module` finds it, `getattr` takes the function.
"""

from weakref import WeakKeyDictionary

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.languages.nearest import nearest
from lambda_image_lint.function.languages.python.finder import Finder, Module, NoModule
from lambda_image_lint.function.languages.python.names import defines, names_of
from lambda_image_lint.function.languages.python.path import search_path
from lambda_image_lint.function.languages.python.source import Source, parse
from lambda_image_lint.function.languages.python.stdlib import BUILTIN
from lambda_image_lint.function.languages.resolution import (
    BadFormat,
    FileMissing,
    FunctionMissing,
    OutsidePath,
    Resolution,
    Resolved,
    SyntaxFault,
)
from lambda_image_lint.function.languages.start import Start
from lambda_image_lint.function.model import File, Function, Kind

_finders: "WeakKeyDictionary[Function, dict[Start, Answer[Finder]]]" = WeakKeyDictionary()


def finder_of(function: Function, start: Start) -> Answer[Finder]:
    """What finds modules as the function's Python will; one for all who ask, since it remembers what it found."""
    known = _finders.setdefault(function, {})
    if start not in known:
        path = search_path(function, start)
        known[start] = path if isinstance(path, Unknown) else Finder(function.files, path, function.architecture)
    return known[start]


def resolve(function: Function, start: Start, handler: str) -> Answer[Resolution]:
    """What becomes of the handler."""
    finder = finder_of(function, start)
    if isinstance(finder, Unknown):
        return finder
    fault = _format_fault(finder, handler)
    if fault is not None:
        return fault
    written, _, symbol = handler.rpartition(".")
    name = written.replace("/", ".")
    module = finder.find(name, own=True)
    if isinstance(module, Unknown):
        return module
    if isinstance(module, NoModule):
        return _not_found(function, finder, handler, written, module)
    return _function(finder, handler, written, symbol, module)


def _format_fault(finder: Finder, handler: str) -> BadFormat | None:
    """Forms that no file can satisfy."""
    if "." not in handler:
        error = (
            f"Runtime.MalformedHandlerName: Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
        )
        why = "it has no dot between module and function"
        return BadFormat(handler, why, error, _suggest_dotted(finder, handler))
    written, _, symbol = handler.rpartition(".")
    if written.partition(".")[0] in BUILTIN:
        error = f"Runtime.BuiltInModuleConflict: Cannot use built-in module {written} as a handler module"
        return BadFormat(handler, f"{written.partition('.')[0]} is a module built into Python", error)
    if not written:
        return BadFormat(handler, "it names no module", "ValueError: Empty module name")
    if written[0] in "/.":
        error = f"TypeError: the 'package' argument is required to perform a relative import for '{written.replace('/', '.')}'"
        suggestion = _strip_folder(finder, written, symbol)
        return BadFormat(
            handler, "it starts with a slash" if written[0] == "/" else "it starts with a dot", error, suggestion
        )
    if symbol.endswith("()"):
        error = f"Runtime.HandlerNotFound: Handler '{symbol}' missing on module '{written}'"
        return BadFormat(handler, "it has parentheses", error, handler.removesuffix("()"))
    return _suffix_fault(finder, handler, written, symbol)


def _suffix_fault(finder: Finder, handler: str, written: str, symbol: str) -> BadFormat | None:
    """``app.py.handler`` and ``app.py``, where the module ``app`` is there."""
    if written.endswith(".py") and isinstance(finder.find(_dotted(written[:-3])), Module):
        missing = finder.find(_dotted(written))
        if isinstance(missing, NoModule):
            error = f"Runtime.ImportModuleError: Unable to import module '{written}': {missing.message}"
            return BadFormat(handler, "it names the file with its suffix", error, f"{written[:-3]}.{symbol}")
    if (
        symbol == "py"
        and (module := _source(finder, _dotted(written))) is not None
        and not defines(finder, module, "py")
    ):
        error = f"Runtime.HandlerNotFound: Handler 'py' missing on module '{written}'"
        return BadFormat(handler, "it names a file and no function", error, _with_usual_name(finder, written))
    return None


USUAL_NAMES = ("lambda_handler", "handler", "main")
"""What handlers are called, commonest first: tried for suggestions only."""


def _suggest_dotted(finder: Finder, handler: str) -> str | None:
    """``app:handler`` → ``app.handler``; ``app`` → ``app.lambda_handler`` where that is there."""
    if ":" in handler:
        module, _, symbol = handler.partition(":")
        return f"{module}.{symbol}" if isinstance(finder.find(_dotted(module)), Module) else None
    return _with_usual_name(finder, handler)


def _with_usual_name(finder: Finder, written: str) -> str | None:
    source = _source(finder, _dotted(written))
    names = source.names if source is not None else {}
    return next((f"{written}.{name}" for name in USUAL_NAMES if name in names), None)


def _strip_folder(finder: Finder, written: str, symbol: str) -> str | None:
    """``/var/task/app`` → ``app``, where a folder of the search path goes before."""
    for folder in finder.path.code:
        rest = written.removeprefix(folder.rstrip("/") + "/").removeprefix("./")
        if rest != written and isinstance(finder.find(_dotted(rest)), Module):
            return f"{rest}.{symbol}"
    return None


def _dotted(written: str) -> str:
    return written.replace("/", ".")


def _source(finder: Finder, name: str) -> Source | None:
    module = finder.find(name) if name and ".." not in f".{name}." else None
    if not isinstance(module, Module) or module.file is None or not module.is_source:
        return None
    source = parse(module.file, name, finder.path.minor)
    return source if isinstance(source, Source) else None


def _function(finder: Finder, handler: str, written: str, symbol: str, module: Module) -> Answer[Resolution]:
    """The module is there: does it define the function?"""
    error = f"Runtime.HandlerNotFound: Handler '{symbol}' missing on module '{written}'"
    if module.file is None:
        return FunctionMissing(handler, None, symbol, error)
    if not module.is_source:
        return Resolved(
            handler, module.file, symbol, None, Unknown(f"{module.file.path} is not source", module.file.place)
        )
    source = parse(module.file, written, finder.path.minor)
    if isinstance(source, SyntaxFault):
        return source
    if isinstance(source, Unknown):
        return Resolved(handler, module.file, symbol, None, source)
    defined = defines(finder, source, symbol, module)
    if isinstance(defined, Unknown):
        return Resolved(handler, module.file, symbol, None, defined)
    if defined:
        return Resolved(handler, module.file, symbol, source.names.get(symbol))
    names = tuple(name for name in names_of(finder, source, module) if not name.startswith("__"))
    near = nearest(symbol, names) or tuple(name for name in USUAL_NAMES if name in names)
    suggestion = f"{written}.{near[0]}" if near else None
    return FunctionMissing(handler, module.file, symbol, error, names, near, suggestion)


def _not_found(function: Function, finder: Finder, handler: str, written: str, missing: NoModule) -> Answer[Resolution]:
    """The module is nowhere on the path: is it somewhere else, or is something like it there?"""
    error = f"Runtime.ImportModuleError: Unable to import module '{written}': {missing.message}"
    symbol = handler.rpartition(".")[2]
    looked_in = (*finder.path.code, *finder.path.packages)
    parts = _dotted(written).split(".")
    outside = _in_working_dir(function, parts)
    if outside:
        return OutsidePath(handler, written, error, looked_in, outside)
    inside = _sources(function, finder.path.code)
    same = [path for path in inside if _named(path, parts[-1])]
    names = {_module_name(path, finder.path.code): path for path in inside}
    # A package around the module is there, and is not what was meant.
    names = {name: path for name, path in names.items() if not _dotted(written).startswith(f"{name}.")}
    like = nearest(_dotted(written), names) or nearest(parts[-1], (name for name in names if "." not in name))
    near = tuple(dict.fromkeys([*same, *(names[name] for name in like)]))[:3]
    if near:
        return FileMissing(
            handler, written, error, looked_in, near, f"{_module_name(near[0], finder.path.code)}.{symbol}"
        )
    outside = _outside(function, finder, parts)
    if outside:
        return OutsidePath(handler, written, error, looked_in, outside)
    return FileMissing(handler, written, error, looked_in)


_NEAR_LIMIT = 2000
"""Sources looked through for a near miss; a function's own code has far fewer."""


def _sources(function: Function, folders: tuple[str, ...]) -> list[str]:
    """Python sources of the function's own, package folders left out."""
    paths: list[str] = []
    for folder in folders:
        if folder == "/":
            listed = [file for file in function.files.known_under("/") if file.path.count("/") == 1]
        else:
            listed = list(function.files.known_under(folder))
        paths.extend(file.path for file in listed if file.path.endswith(".py") and not _is_installed(file.path))
    return sorted(paths, key=lambda path: (path.count("/"), path))[:_NEAR_LIMIT]


def _is_installed(path: str) -> bool:
    """It belongs to a package that was installed, or to Python."""
    return any(
        part in path for part in ("/site-packages/", "/dist-packages/", "/lib/python3", "/node_modules/", "/.venv/")
    )


def _named(path: str, name: str) -> bool:
    return path.endswith((f"/{name}.py", f"/{name}/__init__.py"))


def _module_name(path: str, folders: tuple[str, ...]) -> str:
    """``/var/task/src/app.py`` → ``src.app``."""
    folder = max((folder for folder in folders if path.startswith(folder.rstrip("/") + "/")), key=len)
    return path.removeprefix(folder.rstrip("/") + "/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


_SYSTEM_FOLDERS = ("/usr/", "/var/lang/", "/var/runtime/", "/proc/", "/sys/", "/lib/", "/lib64/", "/etc/")


def _in_working_dir(function: Function, parts: list[str]) -> tuple[File, ...]:
    """The module where whoever wrote WORKDIR looks for it, and a base's own client does not."""
    folder = function.working_dir
    if isinstance(folder, Unknown):
        return ()
    stem = f"{folder.rstrip('/')}/{'/'.join(parts)}"
    found = [function.files.find(path) for path in (f"{stem}.py", f"{stem}/__init__.py")]
    return tuple(file for file in found if isinstance(file, File) and file.kind is Kind.FILE)


def _outside(function: Function, finder: Finder, parts: list[str]) -> tuple[File, ...]:
    """Files that would be the module if their folder were on the path."""
    tails = (f"/{'/'.join(parts)}.py", f"/{'/'.join(parts)}/__init__.py")
    return tuple(
        file
        for file in function.files.known_under("/")
        if file.path.endswith(tails)
        and file.kind is Kind.FILE
        and not file.path.startswith(_SYSTEM_FOLDERS)
        and not _is_installed(file.path)
    )
