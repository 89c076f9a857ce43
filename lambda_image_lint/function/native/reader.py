"""Reads an ELF file: whole, from its first bytes, or piece by piece as a layer goes by."""

import json

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.model import File, Kind
from lambda_image_lint.function.native import golang
from lambda_image_lint.function.native.elf import MAGIC, Elf, Layout, Linkage, dynamic_range, pointed_ranges, read_elf
from lambda_image_lint.knowledge import runtime_api_marks

WHOLE_MAX = 256 * 1024 * 1024
"""Bytes of a file that are asked for at once where no scan has read it."""

_PREFIX = 24 * 1024 * 1024
"""Bytes kept from the start while a file goes by: names and versions lie there, unless a tool has moved them behind.
Node's own have 12 MiB of symbols before them."""
_RANGE_MAX = 4 * 1024 * 1024
"""Bytes kept of any other part."""


class _Whole:
    """All of a file, or its first bytes."""

    def __init__(self, data: bytes, is_whole: bool) -> None:
        self.data = data
        self.is_whole = is_whole

    def get(self, offset: int, length: int) -> bytes | None:
        if offset > len(self.data) or (offset == len(self.data) and not self.is_whole):
            return None
        return self.data[offset : offset + length]


def runtime_api_strings(data: bytes) -> frozenset[str]:
    """The marks of a Runtime API client that the bytes hold. Their absence from a packed program proves nothing."""
    return frozenset(mark.decode() for mark in runtime_api_marks() if mark in data)


def elf(file: File) -> Elf | Unknown | None:
    """The facts of a file; None where it is no ELF file."""
    if file.kind is not Kind.FILE:
        return None
    digest = file.digest()
    if digest is not None:
        return decode(digest)
    data = file.read(WHOLE_MAX)
    if isinstance(data, Unknown):
        return data
    if not data.startswith(MAGIC):
        return None
    found = read_elf(_Whole(data, isinstance(file.size, int) and file.size <= len(data)))
    if not isinstance(found, Elf) or not _is_program(data):
        return found
    start = golang.find(data, 0)
    block = data[start : start + golang.BLOCK_MAX] if start is not None else None
    return Elf(
        found.machine, found.bits, found.interpreter, found.is_dynamic, found.linkage, runtime_api_strings(data), block
    )


def _is_program(head: bytes) -> bool:
    """It has an entry point; libraries mostly have none."""
    try:
        return Layout(head[:64]).entry != 0
    except ValueError:
        return False


class ElfReader:
    """Is fed an ELF file in order and keeps its facts. For `Wish.reader`: see `lambda_image_lint.image.wishes`."""

    def __init__(self) -> None:
        self.position = 0
        self.prefix = bytearray()
        self.parts: dict[int, tuple[int, bytearray]] = {}
        """Offset → (length wanted, bytes so far) of the parts that lie ahead."""
        self.layout: Layout | None = None
        self.has_dynamic = False
        self.marks: set[str] = set()
        self.go_build: bytearray | None = None
        self.tail = b""

    def feed(self, piece: memoryview) -> None:
        """The next bytes."""
        data = bytes(piece)
        if len(self.prefix) < _PREFIX:
            self.prefix += data[: _PREFIX - len(self.prefix)]
        self._fill(data)
        self._plan()
        # What was planned just now may lie in the same piece.
        self._fill(data)
        if self.layout is not None and self.layout.entry:
            self._search(data)
        self.position += len(data)

    def get(self, offset: int, length: int) -> bytes | None:
        """As `Content.get`, of what was kept."""
        if offset < len(self.prefix) or not self.position:
            return bytes(self.prefix[offset : offset + length])
        for start, (_, kept) in self.parts.items():
            if start <= offset < start + len(kept):
                return bytes(kept[offset - start : offset - start + length])
        return None

    def _fill(self, data: bytes) -> None:
        for offset, (length, kept) in self.parts.items():
            start = offset + len(kept) - self.position
            if 0 <= start < len(data) and len(kept) < length:
                kept += data[start : start + length - len(kept)]

    def _plan(self) -> None:
        """Once the headers are there, note where the dynamic table lies; once that is there, what it points at."""
        if self.layout is None and len(self.prefix) >= 64:
            try:
                self.layout = Layout(bytes(self.prefix[:64]))
            except ValueError:
                return
        if self.layout is None:
            return
        if not self.parts and len(self.prefix) >= self.layout.table_end:
            self._want(dynamic_range(self.layout, self))
        if self.parts and not self.has_dynamic and all(len(kept) >= length for length, kept in self.parts.values()):
            self.has_dynamic = True
            for wanted in pointed_ranges(self.layout, self):
                self._want(wanted)

    def _want(self, wanted: tuple[int, int] | None) -> None:
        """Keep a part; what has gone by already is taken from the prefix, or is lost."""
        if wanted is None or wanted[0] in self.parts:
            return
        offset, length = wanted[0], min(wanted[1], _RANGE_MAX)
        self.parts[offset] = (length, bytearray(self.prefix[offset : offset + length]))

    def _search(self, data: bytes) -> None:
        window = self.tail + data
        self.marks.update(runtime_api_strings(window))
        if self.go_build is not None and len(self.go_build) < golang.BLOCK_MAX:
            self.go_build += data[: golang.BLOCK_MAX - len(self.go_build)]
        elif self.go_build is None and (start := golang.find(window, self.position - len(self.tail))) is not None:
            self.go_build = bytearray(window[start : start + golang.BLOCK_MAX])
        self.tail = window[-64:]

    def result(self) -> bytes:
        """The facts, for `decode`."""
        found = read_elf(self)
        if not isinstance(found, Elf):
            return encode(found)
        block = bytes(self.go_build) if self.go_build is not None else None
        marks = frozenset(self.marks)
        return encode(Elf(found.machine, found.bits, found.interpreter, found.is_dynamic, found.linkage, marks, block))


def encode(facts: Elf | Unknown | None) -> bytes:
    """Facts as bytes, to be kept with a layer's index."""
    if facts is None:
        return b"null"
    if isinstance(facts, Unknown):
        return json.dumps({"unknown": facts.reason}).encode()
    link = facts.linkage
    written = (
        {"unknown": link.reason}
        if isinstance(link, Unknown)
        else [link.needed, link.rpath, link.runpath, link.soname, link.requires, link.defines]
    )
    build = golang.trim(facts.go_build).decode("latin-1") if facts.go_build is not None else None
    record = [facts.machine, facts.bits, facts.interpreter, facts.is_dynamic, written, sorted(facts.marks), build]
    return json.dumps(record).encode()


def decode(data: bytes) -> Elf | Unknown | None:
    """The facts that `encode` wrote."""
    record = json.loads(data)
    if record is None:
        return None
    if isinstance(record, dict):
        return Unknown(record["unknown"])
    machine, bits, interpreter, is_dynamic, link, marks, build = record
    if isinstance(link, dict):
        linkage: Linkage | Unknown = Unknown(link["unknown"])
    else:
        needed, rpath, runpath, soname, requires, defines = link
        pairs = tuple((library, version) for library, version in requires)
        linkage = Linkage(tuple(needed), tuple(rpath), tuple(runpath), soname, pairs, tuple(defines))
    block = build.encode("latin-1") if build is not None else None
    return Elf(machine, bits, interpreter, is_dynamic, linkage, frozenset(marks), block)
