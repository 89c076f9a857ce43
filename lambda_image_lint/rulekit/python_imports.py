"""What a Python function's own code imports whenever it starts, and where that lies."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.function.languages.start import Start, start_of
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.rulekit.own_code import own_modules

if TYPE_CHECKING:
    from lambda_image_lint.function.languages.python.finder import Finder


class Wanted(Struct, frozen=True):
    """A module that is imported."""

    module: str
    """Absolute, dotted."""
    by: File


class PythonImports:
    """The imports of one function."""

    def __init__(self, finder: "Finder", certain: tuple[Wanted, ...]) -> None:
        self.finder = finder
        self.certain = certain
        """Those that run whenever the handler's module is loaded, in order."""
        self.minor = finder.path.minor
        """Of the image's Python 3; None where unknown."""

    def file(self, module: str) -> File | None:
        """The file that the module certainly is; None where there is none, or where it is not known."""
        return getattr(self.finder.find(module), "file", None)

    def folders(self, module: str) -> tuple[str, ...]:
        """The folders of a package, where it is certainly there."""
        return getattr(self.finder.find(module), "folders", ())


_found: "WeakKeyDictionary[Function, PythonImports | None]" = WeakKeyDictionary()


def python_imports(function: Function) -> PythonImports | None:
    """The imports; None where the function is not in Python, or its search path is not known."""
    if function not in _found:
        start = start_of(function)
        is_python = not isinstance(start, Unknown) and start is not None and start.language is Language.PYTHON
        _found[function] = _read(function, start) if is_python and isinstance(start, Start) else None
    return _found[function]


def _read(function: Function, start: Start) -> PythonImports | None:
    from lambda_image_lint.function.languages.python.handler import finder_of

    finder = finder_of(function, start)
    if isinstance(finder, Unknown):
        return None
    return PythonImports(finder, tuple(dict.fromkeys(_certain(function, finder))))


def _certain(function: Function, finder: "Finder") -> Iterator[Wanted]:
    from lambda_image_lint.function.languages.python.source import Source, parse

    for own in own_modules(function, Language.PYTHON):
        source = parse(own.file, own.file.path, finder.path.minor) if own.certain else None
        for one in source.imports if isinstance(source, Source) else ():
            if one.certain and one.level == 0:
                yield Wanted(one.module, own.file)
                if one.name not in (None, "*"):
                    yield Wanted(f"{one.module}.{one.name}", own.file)


def client_is_missing(function: Function) -> bool:
    """Whether the interpreter that is started certainly does not find the runtime client."""
    from lambda_image_lint.function.languages.python.finder import NoModule

    start, wanted = start_of(function), python_imports(function)
    if wanted is None or isinstance(start, Unknown) or start is None or start.client != "awslambdaric":
        return False
    return isinstance(wanted.finder.find("awslambdaric"), NoModule)
