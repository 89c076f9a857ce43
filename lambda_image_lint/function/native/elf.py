"""ELF files: machine, interpreter, needed libraries, versions, as the loader reads them.

Only what the loader itself uses is read: the header, the program headers and what PT_DYNAMIC points at. Section tables
are for debuggers, may be stripped, and lie at the end of the file. pyelftools reads all of it, at 3.5 ms a file; an
image has thousands, and of most only a part is kept, so the loader's part is read here, and held against pyelftools in
the tests. Source: the System V ABI, gABI 4.1 and its GNU extensions (``glibc/elf/elf.h``), read 2026-11-23.
"""

import struct
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from lambda_image_lint.answer import Answer, Unknown

MAGIC = b"\x7fELF"

MACHINES = {3: "386", 40: "arm", 62: "amd64", 183: "arm64", 21: "ppc64le", 22: "s390x", 243: "riscv64", 258: "loong64"}
"""``e_machine`` → the architecture in OCI words."""

_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 1, 5, 10, 14, 15, 29
_DT_VERDEF, _DT_VERDEFNUM, _DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
_PROGRAM_HEADERS_MAX = 512
"""Of a file; the kernel itself takes no more than one page of them."""
_DYNAMIC_MAX = 64 * 1024
"""Bytes of the dynamic table; 16 an entry, and some hundred entries at most."""
_VERSIONS_MAX = 4096
"""Version entries read of one file; glibc's own libc defines about 50."""
_NAME_MAX = 4096
"""Bytes of a name: PATH_MAX."""


class Content(Protocol):
    """Bytes of a file, of which parts may not be at hand."""

    def get(self, offset: int, length: int) -> bytes | None:
        """The bytes there, fewer where the file ends or the rest is not at hand; None where none is at hand."""


class Linkage(Struct, frozen=True):
    """What the dynamic table asks of the loader. Empty of a static file."""

    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    soname: str | None = None
    requires: tuple[tuple[str, str], ...] = ()
    """(library, version) that must be defined there: ``("libc.so.6", "GLIBC_2.34")``."""
    defines: tuple[str, ...] = ()
    """Versions that the file itself defines."""


class Elf(Struct, frozen=True):
    """One ELF file."""

    machine: int
    """``e_machine``."""
    bits: int
    """32 or 64."""
    interpreter: str | None
    """The loader that PT_INTERP names; None of libraries and static programs."""
    is_dynamic: bool
    """It has a dynamic table: a library, or a program that the loader links."""
    linkage: Answer[Linkage]
    marks: frozenset[str] = frozenset()
    """Strings of a Runtime API client that it holds; looked for in programs."""
    go_build: bytes | None = None
    """The block that Go's linker writes: see `golang`."""

    @property
    def architecture(self) -> str:
        """In OCI words; ``machine 8`` for one that OCI has no word for."""
        return MACHINES.get(self.machine, f"machine {self.machine}")

    @property
    def is_static(self) -> bool:
        """A program that needs no loader."""
        return self.interpreter is None and (not isinstance(self.linkage, Linkage) or not self.linkage.needed)

    @property
    def glibc_required(self) -> Answer[tuple[int, ...] | None]:
        """The newest ``GLIBC_`` version that it asks for, as (2, 34); None where it asks for none."""
        if isinstance(self.linkage, Unknown):
            return self.linkage
        versions = [parsed for _, version in self.linkage.requires if (parsed := glibc_version(version)) is not None]
        return max(versions, default=None)


def glibc_version(name: str) -> tuple[int, ...] | None:
    """``GLIBC_2.34`` → (2, 34); None for ``GLIBC_PRIVATE`` and other libraries' versions."""
    numbers = name.removeprefix("GLIBC_").split(".")
    return tuple(map(int, numbers)) if name.startswith("GLIBC_") and all(map(str.isdecimal, numbers)) else None


class _Segment(Struct, frozen=True):
    kind: int
    offset: int
    address: int
    size: int


class Layout:
    """The header and the program headers of a file."""

    def __init__(self, head: bytes) -> None:
        """Raises ValueError for what is no ELF file, or one whose head is cut or damaged."""
        if len(head) < 20 or not head.startswith(MAGIC) or head[4] not in (1, 2) or head[5] not in (1, 2):
            raise ValueError("no ELF header")
        self.is_64 = head[4] == 2
        self.order = "<" if head[5] == 1 else ">"
        fields = "HHIQQQIHHHHHH" if self.is_64 else "HHIIIIIHHHHHH"
        size = struct.calcsize(self.order + fields)
        if len(head) < 16 + size:
            raise ValueError("the ELF header is cut")
        header = struct.unpack_from(self.order + fields, head, 16)
        self.machine: int = header[1]
        self.entry: int = header[3]
        self.table: int = header[4]
        self.entry_size: int = header[8]
        self.count: int = min(header[9], _PROGRAM_HEADERS_MAX)
        if self.count and self.entry_size < (56 if self.is_64 else 32):
            raise ValueError("the program headers are damaged")

    @property
    def table_end(self) -> int:
        """Bytes from the start that hold the header and the program headers."""
        return self.table + self.count * self.entry_size

    def segments(self, content: Content) -> tuple[_Segment, ...] | None:
        """The program headers; None where they are not at hand."""
        table = content.get(self.table, self.count * self.entry_size)
        if table is None or len(table) < self.count * self.entry_size:
            return None
        return tuple(self._segment(table, index * self.entry_size) for index in range(self.count))

    def _segment(self, table: bytes, at: int) -> _Segment:
        if self.is_64:
            kind, _, offset, address, _, size = struct.unpack_from(self.order + "IIQQQQ", table, at)
        else:
            kind, offset, address, _, size = struct.unpack_from(self.order + "IIIII", table, at)
        return _Segment(kind, offset, address, size)


def read_elf(content: Content) -> Elf | Unknown | None:
    """The facts of a file; None where it is no ELF file that a loader would take."""
    head = content.get(0, 64)
    if head is None:
        return Unknown("the head of the file is not at hand")
    try:
        layout = Layout(head)
    except ValueError:
        return None
    segments = layout.segments(content)
    if segments is None:
        return Unknown("the program headers are not at hand")
    interpreter = next((segment for segment in segments if segment.kind == _PT_INTERP), None)
    named = content.get(interpreter.offset, min(interpreter.size, _NAME_MAX)) if interpreter else b""
    if named is None or (interpreter and b"\0" not in named):
        return Unknown("the name of the loader is not at hand")
    dynamic = next((segment for segment in segments if segment.kind == _PT_DYNAMIC), None)
    linkage: Answer[Linkage] = Linkage()
    if dynamic is not None:
        linkage = _Dynamic(layout, segments, content).linkage(dynamic)
    return Elf(
        machine=layout.machine,
        bits=64 if layout.is_64 else 32,
        interpreter=_text(named) if interpreter else None,
        is_dynamic=dynamic is not None,
        linkage=linkage,
    )


def dynamic_range(layout: Layout, content: Content) -> tuple[int, int] | None:
    """(offset, length) of the dynamic table, None where there is none."""
    segments = layout.segments(content) or ()
    dynamic = next((segment for segment in segments if segment.kind == _PT_DYNAMIC), None)
    return (dynamic.offset, min(dynamic.size, _DYNAMIC_MAX)) if dynamic else None


def pointed_ranges(layout: Layout, content: Content) -> tuple[tuple[int, int], ...]:
    """(offset, length) of what the dynamic table points at: names and versions."""
    segments = layout.segments(content) or ()
    dynamic = next((segment for segment in segments if segment.kind == _PT_DYNAMIC), None)
    return tuple(_Dynamic(layout, segments, content).ranges(dynamic)) if dynamic else ()


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "replace")


_CUT = Unknown("the part of the file that names its libraries is not at hand")


class _Dynamic:
    """Reads what PT_DYNAMIC points at."""

    def __init__(self, layout: Layout, segments: tuple[_Segment, ...], content: Content) -> None:
        self.layout = layout
        self.segments = segments
        self.content = content
        self.names: tuple[int, int] = (0, 0)
        """(offset, length) of the string table."""

    def linkage(self, dynamic: _Segment) -> Answer[Linkage]:
        """The whole of it; Unknown where a part is not at hand or damaged."""
        entries = self._entries(dynamic)
        if entries is None:
            return _CUT
        first = dict(reversed(entries))
        offset = self._offset(first.get(_DT_STRTAB, 0))
        if offset is None:
            return Unknown("the dynamic table points nowhere")
        self.names = (offset, first.get(_DT_STRSZ, 0))
        try:
            soname = self._name(first[_DT_SONAME]) if _DT_SONAME in first else None
            return Linkage(
                needed=tuple(self._name(value) for tag, value in entries if tag == _DT_NEEDED),
                rpath=self._folders(first.get(_DT_RPATH)),
                runpath=self._folders(first.get(_DT_RUNPATH)),
                soname=soname,
                requires=tuple(self._required(first.get(_DT_VERNEED), first.get(_DT_VERNEEDNUM, 0))),
                defines=tuple(self._defined(first.get(_DT_VERDEF), first.get(_DT_VERDEFNUM, 0))),
            )
        except LookupError:
            return _CUT

    def ranges(self, dynamic: _Segment) -> Iterator[tuple[int, int]]:
        """Where the names and versions lie."""
        first = dict(reversed(self._entries(dynamic) or []))
        for tag, length in (
            (_DT_STRTAB, first.get(_DT_STRSZ, 0)),
            (_DT_VERNEED, _VERSIONS_MAX * 16),
            (_DT_VERDEF, _VERSIONS_MAX * 16),
        ):
            offset = self._offset(first[tag]) if tag in first else None
            if offset is not None:
                yield offset, length

    def _entries(self, dynamic: _Segment) -> list[tuple[int, int]] | None:
        word = "q" if self.layout.is_64 else "i"
        size = 16 if self.layout.is_64 else 8
        table = self.content.get(dynamic.offset, min(dynamic.size, _DYNAMIC_MAX))
        if table is None:
            return None
        entries: list[tuple[int, int]] = []
        for tag, value in struct.iter_unpack(
            f"{self.layout.order}{word}{word.upper()}", table[: len(table) // size * size]
        ):
            if tag == 0:
                return entries
            entries.append((tag, value))
        return entries if len(table) >= dynamic.size else None

    def _offset(self, address: int) -> int | None:
        """Where in the file an address is loaded from."""
        for segment in self.segments:
            if segment.kind == _PT_LOAD and segment.address <= address < segment.address + segment.size:
                return address - segment.address + segment.offset
        return None

    def _at(self, offset: int, length: int) -> bytes:
        """Raises LookupError where the bytes are not at hand or not there."""
        data = self.content.get(offset, length)
        if data is None or len(data) < length:
            raise LookupError(offset)
        return data

    def _name(self, index: int) -> str:
        start, length = self.names
        if not 0 <= index < length:
            raise LookupError(index)
        data = self.content.get(start + index, min(length - index, _NAME_MAX))
        if data is None or b"\0" not in data:
            raise LookupError(index)
        return _text(data)

    def _folders(self, index: int | None) -> tuple[str, ...]:
        return tuple(folder for folder in self._name(index).split(":") if folder) if index is not None else ()

    def _required(self, address: int | None, count: int) -> Iterator[tuple[str, str]]:
        """DT_VERNEED: a chain of libraries, each with a chain of versions."""
        at = self._offset(address) if address is not None else None
        left = _VERSIONS_MAX
        for _ in range(min(count, _VERSIONS_MAX) if at is not None else 0):
            assert at is not None
            _, inner, file, first, following = struct.unpack(self.layout.order + "HHIII", self._at(at, 16))
            library, auxiliary = self._name(file), at + first
            for _ in range(min(inner, left)):
                left -= 1
                _, _, _, name, step = struct.unpack(self.layout.order + "IHHII", self._at(auxiliary, 16))
                yield library, self._name(name)
                auxiliary += step
            if not following:
                return
            at += following

    def _defined(self, address: int | None, count: int) -> Iterator[str]:
        """DT_VERDEF: a chain of versions; the first name of each is its own, the rest are its parents'."""
        at = self._offset(address) if address is not None else None
        for _ in range(min(count, _VERSIONS_MAX) if at is not None else 0):
            assert at is not None
            _, flags, _, names, _, first, following = struct.unpack(self.layout.order + "HHHHIII", self._at(at, 20))
            # Flag 1 marks the file's own name, which is no version.
            if names and not flags & 1:
                yield self._name(struct.unpack(self.layout.order + "I", self._at(at + first, 4))[0])
            if not following:
                return
            at += following
