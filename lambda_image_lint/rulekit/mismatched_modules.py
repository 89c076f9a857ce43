"""Extension modules of Python packages in an image that its Python passes over."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.resolution import MissingImport
from lambda_image_lint.function.model import Function
from lambda_image_lint.function.native.libc import libc_of
from lambda_image_lint.function.native.python_abi import AbiMismatch, abi_mismatches, tag_of
from lambda_image_lint.rulekit.handlers import imports
from lambda_image_lint.rulekit.python_imports import python_imports


class Mismatched(Struct, frozen=True):
    """The first module of a folder that does not fit."""

    mismatch: AbiMismatch
    package: str
    """Top-level name: ``numpy``."""
    count: int
    """Of such modules in the package."""
    is_certain: bool
    """The function's own code imports the module itself, and nothing else provides it."""


_found: "WeakKeyDictionary[Function, tuple[Mismatched | Unknown, ...]]" = WeakKeyDictionary()


def mismatched_modules(function: Function) -> tuple[Mismatched | Unknown, ...]:
    """One a package, of those that the function's own code imports."""
    if function not in _found:
        _found[function] = tuple(_look(function))
    return _found[function]


def explains(function: Function, missing: MissingImport) -> bool:
    """Whether a module is missing because the file that would be it is for another Python, machine or C library."""
    return any(
        isinstance(each, Mismatched) and each.is_certain and each.package == missing.module.partition(".")[0]
        for each in mismatched_modules(function)
    )


def _look(function: Function) -> Iterator[Mismatched | Unknown]:
    wanted = python_imports(function)
    if wanted is None or wanted.minor is None:
        return
    missing = {each.module for each in imports(function) if isinstance(each, MissingImport) and each.name is None}
    libc = libc_of(function)
    kind = libc.kind if libc is not None and not isinstance(libc, Unknown) else None
    for name in dict.fromkeys(each.module.partition(".")[0] for each in wanted.certain):
        file = wanted.file(name)
        # A file of another machine or C library is found all the same: only its name tells.
        alone = name in missing or (file is not None and tag_of(file.path) is not None)
        folders = wanted.finder.path.folders if alone else wanted.folders(name)
        told = [
            each
            for folder in folders
            for each in abi_mismatches(function.files, folder, wanted.minor, function.architecture, kind)
            if isinstance(each, AbiMismatch) and (not alone or each.tag.stem == f"{folder.rstrip('/')}/{name}")
        ]
        if told:
            yield Mismatched(told[0], name, len(told), is_certain=alone)
