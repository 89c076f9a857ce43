"""ELF files made by hand: any word size, any byte order, tables wherever a tool may have moved them."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Made:
    """What goes into the file."""

    needed: tuple[str, ...] = ()
    soname: str = ""
    runpath: str = ""
    requires: tuple[tuple[str, str], ...] = ()
    interpreter: str = ""
    machine: int = 62
    is_64: bool = True
    order: str = "<"
    gap: int = 0
    """Bytes between the dynamic table and what it points at."""
    names_first: bool = False
    """The names lie before the dynamic table, as linkers put them; else behind, as patchelf does."""


def make_elf(made: Made) -> bytes:
    """The file: header, four program headers, loader's name, then the tables."""
    names = b"\0"
    at: dict[str, int] = {}
    for name in (*made.needed, made.soname, made.runpath, *(word for pair in made.requires for word in pair)):
        if name and name not in at:
            at[name] = len(names)
            names += name.encode() + b"\0"
    versions = _versions(made, at)
    tags = [(1, at[name]) for name in made.needed]
    tags += [(14, at[made.soname])] if made.soname else []
    tags += [(29, at[made.runpath])] if made.runpath else []

    header, entry = (64, 56) if made.is_64 else (52, 32)
    interpreter = made.interpreter.encode() + b"\0" if made.interpreter else b""
    start = header + 3 * entry + len(interpreter)
    size = (16 if made.is_64 else 8) * (len(tags) + 5)
    blob = names + versions
    where = start if made.names_first else start + size + made.gap
    dynamic_at = start + len(blob) + made.gap if made.names_first else start
    tags += [(5, where), (10, len(names)), (0x6FFFFFFE, where + len(names)), (0x6FFFFFFF, len(made.requires)), (0, 0)]
    dynamic = b"".join(struct.pack(made.order + ("qQ" if made.is_64 else "iI"), *tag) for tag in tags)
    parts = (blob, bytes(made.gap), dynamic) if made.names_first else (dynamic, bytes(made.gap), blob)
    total = start + len(dynamic) + made.gap + len(blob)
    segments = [
        (1, 0, total),
        (2, dynamic_at, len(dynamic)),
        (3 if interpreter else 0, header + 3 * entry, len(interpreter)),
    ]
    table = b"".join(_segment(made, *segment) for segment in segments)
    return _header(made, header, entry) + table + interpreter + b"".join(parts)


def _header(made: Made, size: int, entry: int) -> bytes:
    identity = b"\x7fELF" + bytes((2 if made.is_64 else 1, 1 if made.order == "<" else 2, 1)) + bytes(9)
    layout = "HHIQQQIHHHHHH" if made.is_64 else "HHIIIIIHHHHHH"
    return identity + struct.pack(made.order + layout, 3, made.machine, 1, 0, size, 0, 0, size, entry, 3, 0, 0, 0)


def _segment(made: Made, kind: int, offset: int, size: int) -> bytes:
    if made.is_64:
        return struct.pack(made.order + "IIQQQQQQ", kind, 4, offset, offset, offset, size, size, 1)
    return struct.pack(made.order + "IIIIIIII", kind, offset, offset, offset, size, size, 4, 1)


def _versions(made: Made, at: dict[str, int]) -> bytes:
    """One library an entry, one version each."""
    data = b""
    for index, (library, version) in enumerate(made.requires):
        following = 0 if index == len(made.requires) - 1 else 32
        data += struct.pack(made.order + "HHIII", 1, 1, at[library], 16, following)
        data += struct.pack(made.order + "IHHII", 0, 0, 2, at[version], 0)
    return data
