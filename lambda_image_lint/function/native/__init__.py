"""The compiled parts of an image: what each ELF file asks of the loader, and whether the image has it.

`elf` reads one file; `libraries` finds what it needs; `libc` tells glibc from musl; `python_abi` reads the tags of
extension modules; `golang` reads what Go's linker wrote.
"""

from lambda_image_lint.function.native.elf import Elf, Linkage
from lambda_image_lint.function.native.golang import GoBuild, read_go_build
from lambda_image_lint.function.native.reader import ElfReader, elf, runtime_api_strings

__all__ = [
    "Elf",
    "ElfReader",
    "GoBuild",
    "Linkage",
    "elf",
    "go_build",
    "machine_matches",
    "read_go_build",
    "runtime_api_strings",
]


def machine_matches(facts: Elf, architecture: str) -> bool:
    """Can a machine of that architecture, in OCI words, run it?"""
    return facts.architecture == architecture and (facts.bits == 64) == (architecture in _SIXTY_FOUR)


_SIXTY_FOUR = {"amd64", "arm64", "ppc64le", "s390x", "riscv64", "loong64"}


def go_build(facts: Elf) -> GoBuild | None:
    """How a Go program was built; None for one that Go did not build, or an old Go did."""
    return read_go_build(facts.go_build) if facts.go_build is not None else None
