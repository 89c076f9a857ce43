"""Which compiled files a function loads, how certain that is, and what the loader will not find for them."""

from collections.abc import Iterator
from posixpath import dirname
from weakref import WeakKeyDictionary

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.chain import StepKind, chain
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.function.languages.start import BASE_CLIENT, start_of
from lambda_image_lint.function.model import Barrier, File, Function, Kind, Packaged
from lambda_image_lint.function.native.elf import Elf
from lambda_image_lint.function.native.libraries import Lacking, Libraries
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.python_imports import PythonImports, python_imports

EXTENSIONS = "/opt/extensions"
_EXTENSION_MODULE = lazy(r".*/(?!lib)[^/.]+(\.cpython-[^/]+|\.abi3)?\.so")
_MODULES_MAX = 2000
"""Extension modules that are looked at; the largest images with PyTorch and its kin have some hundred."""
_CLIENT_PARTS = ("dist/rapid-client.node", "build/Release/rapid-client.node", "build/Release/runtime-client.node")
"""The compiled part of aws-lambda-ric, below its folder. Source: its package on npm, 1.0, 2.0 and 3.3, read 2026-11-28."""


class Binary(Struct, frozen=True):
    """A compiled file that the function loads."""

    file: File
    why: str
    """As a clause: ``the entrypoint``, ``an extension``, ``imported by /var/task/app.py``."""
    is_certain: bool
    """The function does not start without it; False: a package that it imports may do without."""
    is_program: bool = False


class Fault(Struct, frozen=True):
    """Something that the loader will not find."""

    binary: Binary
    lacking: Lacking


class ClosedLibrary(Struct, frozen=True):
    """A library that a program needs, and that Lambda's user may not read."""

    binary: Binary
    name: str
    barrier: Barrier


_binaries: "WeakKeyDictionary[Function, tuple[Binary | Unknown, ...]]" = WeakKeyDictionary()
_faults: "WeakKeyDictionary[Function, tuple[Fault | Unknown, ...]]" = WeakKeyDictionary()


def binaries(function: Function) -> tuple[Binary | Unknown, ...]:
    """The compiled files, each once, the certain ones first."""
    if function not in _binaries:
        found: dict[str, Binary] = {}
        gaps: list[Unknown] = []
        for each in (*_started(function), *_extensions(function), *_client(function), *_imported(function)):
            if isinstance(each, Unknown):
                gaps.append(each)
            else:
                found.setdefault(each.file.path, each)
        _binaries[function] = (*gaps, *sorted(found.values(), key=lambda one: not one.is_certain))
    return _binaries[function]


def faults(function: Function) -> tuple[Fault | Unknown, ...]:
    """What the loader will not find for them and for what they need; a file of another machine is another fault's matter."""
    if function not in _faults:
        _faults[function] = tuple(_ask(function))
    return _faults[function]


def _ask(function: Function) -> Iterator[Fault | Unknown]:
    libraries = Libraries(function)
    own = function.architecture
    for binary in binaries(function):
        if isinstance(binary, Unknown):
            yield binary
            continue
        facts = libraries.facts(binary.file)
        if isinstance(facts, Packaged) and facts.packages == ():
            # A base image's own programs fit it.
            continue
        if isinstance(facts, Elf) and isinstance(own, str) and facts.architecture != own:
            continue
        for lacking in libraries.lacking(binary.file):
            if not isinstance(lacking, Unknown):
                yield Fault(binary, lacking)
            elif binary.is_certain:
                yield lacking


def closed_libraries(function: Function) -> Iterator[ClosedLibrary]:
    """Of the files that are certainly loaded, as far as they name the library themselves."""
    libraries = Libraries(function)
    for binary in binaries(function):
        facts = libraries.facts(binary.file) if isinstance(binary, Binary) and binary.is_certain else None
        if not isinstance(binary, Binary) or not isinstance(facts, Elf) or isinstance(facts.linkage, Unknown):
            continue
        for name in facts.linkage.needed:
            found = libraries.find(name, binary.file.path, facts)
            barrier = function.files.readable(found.path) if isinstance(found, File) else None
            if isinstance(barrier, Barrier):
                yield ClosedLibrary(binary, name, barrier)


def _started(function: Function) -> Iterator[Binary | Unknown]:
    steps = chain(function)
    if isinstance(steps, Unknown):
        yield steps
        return
    for step in steps:
        is_program = step.kind in (StepKind.PROGRAM, StepKind.INTERPRETER)
        if is_program and step.is_certain and isinstance(step.found, File) and step.found.kind is Kind.FILE:
            yield Binary(step.found, step.why, is_certain=True, is_program=True)
    base = function.base
    start = start_of(function)
    if base is None or isinstance(start, Unknown) or start is None or start.client != BASE_CLIENT:
        return
    interpreter = {"python": f"/var/lang/bin/python{base.version}", "nodejs": "/var/lang/bin/node"}.get(base.language)
    found = function.files.find(interpreter) if interpreter else None
    if isinstance(found, File):
        yield Binary(found, "the base image's interpreter", is_certain=True, is_program=True)


def _extensions(function: Function) -> Iterator[Binary]:
    for file in function.files.known_under(EXTENSIONS):
        if file.kind is Kind.FILE and dirname(file.path) == EXTENSIONS:
            yield Binary(file, "an extension", is_certain=True, is_program=True)


def _client(function: Function) -> Iterator[Binary]:
    """The compiled part of a runtime client that the image brings itself."""
    start = start_of(function)
    if isinstance(start, Unknown) or start is None or start.client == BASE_CLIENT:
        return
    if start.language is Language.NODE:
        client = function.runtime_client
        folder = dirname(client.path) if client and not isinstance(client, Unknown) and client.path else None
        for part in _CLIENT_PARTS if folder else ():
            found = function.files.find(f"{folder}/{part}")
            if isinstance(found, File):
                yield Binary(found, "the runtime client's compiled part", is_certain=True)
    elif start.language is Language.PYTHON:
        imports = python_imports(function)
        module = imports.file("runtime_client") if imports is not None else None
        if module is not None and module.path.endswith(".so"):
            yield Binary(module, "the runtime client's compiled part", is_certain=True)


def _imported(function: Function) -> Iterator[Binary]:
    """Extension modules that the function's own code imports, and those of the packages that it imports."""
    imports = python_imports(function)
    if imports is None:
        return
    for wanted in imports.certain:
        file = imports.file(wanted.module)
        if file is not None and file.path.endswith(".so"):
            yield Binary(file, f"imported by {wanted.by.path}", is_certain=True)
    seen = 0
    for folder, by in _packages(imports):
        for file in function.files.known_under(folder):
            if _EXTENSION_MODULE.fullmatch(file.path) and file.kind is Kind.FILE and seen < _MODULES_MAX:
                seen += 1
                yield Binary(file, f"of a package that {by.path} imports", is_certain=False)


def _packages(imports: PythonImports) -> Iterator[tuple[str, File]]:
    """Folders of the packages that are imported for certain, other than the function's own."""
    told: set[str] = set()
    for wanted in imports.certain:
        for folder in imports.folders(wanted.module.partition(".")[0]):
            if folder not in told:
                told.add(folder)
                yield folder, wanted.by
