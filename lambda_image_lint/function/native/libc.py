"""Which C library an image has, and which versions of its symbols."""

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.model import File, Files, Function
from lambda_image_lint.function.native.elf import Linkage, glibc_version
from lambda_image_lint.function.native.reader import elf
from lambda_image_lint.knowledge import operating_system

TRIPLETS = {
    "amd64": "x86_64-linux-gnu",
    "arm64": "aarch64-linux-gnu",
    "386": "i386-linux-gnu",
    "arm": "arm-linux-gnueabihf",
}
"""Architecture in OCI words → Debian's name of the folder for its libraries."""
_MUSL_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "386": "i386", "arm": "armhf"}


class Libc(Struct, frozen=True):
    """A C library."""

    kind: str
    """``glibc`` or ``musl``."""
    version: tuple[int, ...] | None
    """Of glibc: (2, 34), the newest version that its own table defines. None of musl, which has none."""
    file: File | None
    """None where only the base image's name tells."""


def libc_of(function: Function, architecture: str | None = None) -> Answer[Libc | None]:
    """The image's C library; None where it has none (a static program alone).

    `architecture`: in OCI words, of the program that asks; the function's own where it is not given.
    """
    wanted = function.architecture if architecture is None else architecture
    architectures = tuple(TRIPLETS) if isinstance(wanted, Unknown) else (wanted,)
    doubt: Unknown | None = None
    for each in architectures:
        found = _libc_file(function.files, each)
        if isinstance(found, File):
            return _described(found)
        doubt = doubt or found
    return _by_name(function) or doubt


def _libc_file(files: Files, architecture: str) -> File | Unknown | None:
    """glibc goes first: Alpine images with a compatibility package have both, and say so by their loader."""
    triplet = TRIPLETS.get(architecture, architecture)
    folders = ("/lib64", "/usr/lib64", f"/lib/{triplet}", f"/usr/lib/{triplet}", "/lib", "/usr/lib")
    doubt: Unknown | None = None
    machine = _MUSL_MACHINES.get(architecture, architecture)
    for path in (*(f"{folder}/libc.so.6" for folder in folders), f"/lib/ld-musl-{machine}.so.1"):
        found = files.find(path)
        if isinstance(found, File):
            return found
        doubt = doubt or (found if isinstance(found, Unknown) else None)
    return doubt


def _described(file: File) -> Answer[Libc]:
    if "musl" in file.path:
        return Libc("musl", None, file)
    facts = elf(file)
    if facts is None or isinstance(facts, Unknown):
        return facts or Unknown(f"{file.path} is no library", file.place)
    if not isinstance(facts.linkage, Linkage):
        return facts.linkage
    if not facts.linkage.defines and facts.linkage.soname != "libc.so.6":
        # musl's own, under a name that a compatibility package gave it.
        return Libc("musl", None, file)
    versions = [version for name in facts.linkage.defines if (version := glibc_version(name)) is not None]
    return Libc("glibc", max(versions, default=None), file)


def _by_name(function: Function) -> Libc | None:
    """What the base image's name tells, where its files are not at hand."""
    reference = function.base_reference
    system = operating_system(reference) if isinstance(reference, str) else None
    if system is None or system.libc is None:
        return None
    version = glibc_version(f"GLIBC_{system.libc_version}") if system.libc == "glibc" and system.libc_version else None
    return Libc(system.libc, version, None)
