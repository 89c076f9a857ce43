"""Extension modules that the image's Python cannot import: built for another version, machine or C library.

Source: PEP 3149, PEP 384, and ``EXT_SUFFIX`` of CPython's builds for glibc and musl; read 2026-11-23.
"""

from collections.abc import Iterator
from posixpath import dirname

from msgspec import Struct

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.function.model import File, Files
from lambda_image_lint.patterns import lazy

_TAGGED = lazy(
    r"(?P<stem>.*/[^/.]+)\.cpython-3(?P<minor>\d+)t?-(?P<machine>[a-z0-9_]+)-linux-(?P<libc>gnu|musl)\w*\.so"
)
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class Tag(Struct, frozen=True):
    """What the name of an extension module says of its build."""

    stem: str
    """Path up to the first dot of the name."""
    minor: int
    """Of Python 3."""
    machine: str
    """``x86_64``, ``aarch64``."""
    libc: str
    """``gnu`` or ``musl``."""


class AbiMismatch(Struct, frozen=True):
    """An extension module that this Python passes over, and nothing beside it that it takes instead."""

    file: File
    tag: Tag
    wrong: tuple[str, ...]
    """Which parts do not fit: ``version``, ``machine``, ``libc``."""


def tag_of(path: str) -> Tag | None:
    """The tag in a path; None for an untagged extension, the stable ABI, and anything else."""
    match = _TAGGED.fullmatch(path)
    return Tag(match["stem"], int(match["minor"]), match["machine"], match["libc"]) if match else None


def abi_mismatches(
    files: Files, folder: str, minor: int, architecture: Answer[str], libc: str | None
) -> Iterator[AbiMismatch | Unknown]:
    """The extension modules below a package folder that Python 3.`minor` passes over.

    `libc`: ``glibc`` or ``musl``, of the image; None leaves that part undecided, as an unknown architecture does.
    """
    machine = None if isinstance(architecture, Unknown) else _MACHINES.get(architecture)
    library = {"glibc": "gnu", "musl": "musl"}.get(libc or "")
    for file in files.known_under(folder):
        tag = tag_of(file.path)
        if tag is None:
            continue
        wrong = tuple(
            part
            for part, have, want in (
                ("version", tag.minor, minor),
                ("machine", tag.machine, machine),
                ("libc", tag.libc, library),
            )
            if want is not None and have != want
        )
        if wrong:
            other = _other(files, tag, minor)
            if isinstance(other, Unknown):
                yield other
            elif not other:
                yield AbiMismatch(file, tag, wrong)


def _other(files: Files, tag: Tag, minor: int) -> Answer[bool]:
    """Does the same folder hold the module in a form that this Python takes?"""
    tagged = [
        f"{tag.stem}.cpython-3{minor}-{machine}-linux-{libc}.so"
        for machine in _MACHINES.values()
        for libc in ("gnu", "musl")
    ]
    for path in (*tagged, f"{tag.stem}.abi3.so", f"{tag.stem}.so", f"{tag.stem}.py", f"{tag.stem}.pyc"):
        own = tag_of(path)
        if own == tag:
            continue
        found = files.find(path)
        if isinstance(found, Unknown):
            return found
        if not isinstance(found, Absent):
            return True
    # A package folder of that name goes before a single file.
    found = files.find(f"{tag.stem}/__init__.py")
    return found if isinstance(found, Unknown) else isinstance(found, File) and dirname(found.path) == tag.stem
