"""Whether a Python module defines a name, its own star imports and re-exports followed."""

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.languages.python.finder import Finder, Module, NoModule
from lambda_image_lint.function.languages.python.source import Import, Source, parse

_DEPTH = 20
"""Star imports followed in a row; no sane code nears it."""

# Bound in every module by the import system itself.
_ALWAYS = {
    "__name__",
    "__doc__",
    "__file__",
    "__spec__",
    "__loader__",
    "__package__",
    "__builtins__",
    "__dict__",
    "__class__",
}


def defines(finder: Finder, source: Source, name: str, module: Module | None = None, depth: int = 0) -> Answer[bool]:
    """Does the module bind `name` at import?"""
    if name in source.names or name in _ALWAYS:
        return True
    if module is not None and module.folders and _has_submodule(finder, source, module, name):
        return True
    for found in source.imports:
        if found.name == "*" and (answer := _star(finder, source, found, name, module, depth)) is not False:
            return answer
    if source.dynamic is not None:
        return Unknown(f"{source.file.path}: {source.dynamic}", source.file.place)
    return False


def names_of(finder: Finder, source: Source, module: Module | None = None, depth: int = 0) -> tuple[str, ...]:
    """The names that the module is known to bind, star imports of the function's own modules included."""
    names = dict(source.names)
    for found in source.imports:
        if found.name == "*" and depth < _DEPTH:
            target = source_of(finder, absolute_name(finder, source, found, module))
            if isinstance(target, tuple):
                public = target[0].exported or names_of(finder, target[0], target[1], depth + 1)
                names.update({name: found.line for name in public if not name.startswith("_")})
    return tuple(sorted(names, key=lambda name: names[name]))


def _has_submodule(finder: Finder, source: Source, module: Module, name: str) -> bool:
    """A submodule that the module itself imports becomes its attribute."""
    full = f"{module.name}.{name}"
    return any(
        absolute_name(finder, source, found, module) in (full, module.name)
        or absolute_name(finder, source, found, module).startswith(f"{full}.")
        for found in source.imports
    ) and isinstance(finder.find(full), Module)


def _star(finder: Finder, source: Source, found: Import, name: str, module: Module | None, depth: int) -> Answer[bool]:
    """Does ``from module import *`` bring the name?"""
    if depth >= _DEPTH:
        return Unknown(f"{source.file.path}: star imports go in circles", source.file.place)
    target = source_of(finder, absolute_name(finder, source, found, module))
    if isinstance(target, Unknown):
        return Unknown(f"{source.file.path} imports * from {found.written}: {target.reason}", source.file.place)
    inner, inner_module = target
    if inner.exported is not None:
        return name in inner.exported
    return False if name.startswith("_") else defines(finder, inner, name, inner_module, depth + 1)


def source_of(finder: Finder, name: str) -> tuple[Source, Module] | Unknown:
    """The parsed module of an absolute name."""
    found = finder.find(name) if name else Unknown("it is relative, outside a package")
    if isinstance(found, Unknown):
        return found
    if isinstance(found, NoModule) or found.file is None or not found.is_source:
        return Unknown(f"{name} is no source")
    source = parse(found.file, name, finder.path.minor)
    if isinstance(source, Source):
        return source, found
    return Unknown(f"{found.file.path} does not parse") if not isinstance(source, Unknown) else source


def absolute_name(finder: Finder, source: Source, found: Import, module: Module | None) -> str:
    """The module of an import without leading dots; empty where a relative one has no package to start from."""
    if not found.level:
        return found.module
    if module is None:
        return ""
    package = module.name if module.folders else module.name.rpartition(".")[0]
    parts = package.split(".") if package else []
    if len(parts) < found.level:
        return ""
    base = ".".join(parts[: len(parts) - found.level + 1])
    return f"{base}.{found.module}" if found.module else base
