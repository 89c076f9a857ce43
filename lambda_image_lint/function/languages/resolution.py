"""What comes of asking a runtime's own question: which file, which function, is this handler?"""

from enum import StrEnum

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.model import File


class Language(StrEnum):
    """What the function is written in, as far as its runtime client tells; compiled languages are `PROVIDED`."""

    PYTHON = "python"
    NODE = "nodejs"
    JAVA = "java"
    DOTNET = "dotnet"
    RUBY = "ruby"
    PROVIDED = "provided"


class Resolved(Struct, frozen=True):
    """The runtime finds the handler."""

    handler: str
    file: File | None
    """The module, class file or jar; None where the runtime loads none (a compiled bootstrap)."""
    symbol: str
    """The function within it, as the handler names it; empty where it names none."""
    line: int | None = None
    """Where the function is defined, from 1."""
    doubt: Unknown | None = None
    """Why the function itself could not be checked, though the file is there."""


class BadFormat(Struct, frozen=True):
    """No file could satisfy this handler: its form is wrong."""

    handler: str
    why: str
    """A clause without a full stop."""
    error: str
    """What Lambda prints."""
    suggestion: str | None = None
    """A handler of the right form that the image would satisfy, as far as known."""


class FileMissing(Struct, frozen=True):
    """The module that the handler names is nowhere that the runtime looks."""

    handler: str
    module: str
    error: str
    looked_in: tuple[str, ...]
    """Folders, in the runtime's order."""
    near: tuple[str, ...] = ()
    """Paths of files with a like name that are there, best first."""
    suggestion: str | None = None
    """A handler that would find such a file."""


class OutsidePath(Struct, frozen=True):
    """The module is in the image, but where the runtime does not look."""

    handler: str
    module: str
    error: str
    looked_in: tuple[str, ...]
    found: tuple[File, ...]


class FunctionMissing(Struct, frozen=True):
    """The module is found, and certainly does not define the function."""

    handler: str
    file: File | None
    """None for a folder that serves as a module."""
    symbol: str
    error: str
    defined: tuple[str, ...] = ()
    """What it does define, in order."""
    near: tuple[str, ...] = ()
    """The like ones of `defined`, best first."""
    suggestion: str | None = None


class SyntaxFault(Struct, frozen=True):
    """A source file that the image's interpreter refuses."""

    file: File
    line: int | None
    message: str
    """The compiler's own words."""
    error: str


class NotResolved(Struct, frozen=True):
    """Nothing resolves a handler: no client is started that does, or none reaches it. Other rules tell where that is a
    fault."""

    why: str
    """A clause without a full stop."""


Resolution = Resolved | NotResolved | BadFormat | FileMissing | OutsidePath | FunctionMissing | SyntaxFault


class MissingImport(Struct, frozen=True):
    """An import that is certainly run at start and that nothing in the image provides."""

    file: File
    """Where the import stands."""
    line: int
    module: str
    """As imported: ``numpy``, ``.helpers``, ``./lib/db.js``."""
    error: str
    chain: tuple[str, ...]
    """Paths from the handler's module to `file`, both included."""
    name: str | None = None
    """For ``from module import name``: the name that a module of the function's own lacks."""
    near: tuple[str, ...] = ()


Broken = MissingImport | SyntaxFault
"""What stops the handler's module from loading."""
