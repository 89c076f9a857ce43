"""What Go's linker writes into a program: its version and its modules.

Source: ``debug/buildinfo`` and ``runtime/debug`` of Go 1.18 to 1.26, read 2026-11-23. Before 1.18 the block held
addresses in place of the text; such programs give nothing here.
"""

from msgspec import Struct

MAGIC = b"\xff Go buildinf:"
BLOCK_MAX = 256 * 1024
"""Bytes kept of the block; a program of 500 modules has about 60 KiB."""

_ALIGNMENT = 16
_HEADER = 32
_INLINE = 2
_MARKS = 16
"""Bytes that frame the text of the modules at both ends."""


class GoBuild(Struct, frozen=True):
    """How a Go program was built."""

    go: str
    """Version of Go: ``go1.22.1``."""
    path: str
    """Path of the main package."""
    modules: tuple[tuple[str, str], ...]
    """(path, version) of every module linked, the main one first; of a replaced one the replacement."""

    def version(self, module: str) -> str | None:
        """The version of a module, None where it is not linked."""
        return dict(self.modules).get(module)


def find(data: bytes, position: int) -> int | None:
    """Where the block starts in bytes that lie at `position` of the file; the magic alone may be a program's string."""
    start = data.find(MAGIC)
    while start >= 0:
        if (position + start) % _ALIGNMENT == 0:
            return start
        start = data.find(MAGIC, start + 1)
    return None


def read_go_build(block: bytes) -> GoBuild | None:
    """From the magic on. None where the block is cut, damaged or of an old Go."""
    if not block.startswith(MAGIC) or len(block) < _HEADER or not block[15] & _INLINE:
        return None
    version, at = _counted(block, _HEADER)
    modules, _ = _counted(block, at) if version is not None else (None, at)
    if version is None or modules is None:
        return None
    text = modules[_MARKS:-_MARKS].decode("utf-8", "replace") if len(modules) > 2 * _MARKS else ""
    path = ""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        kind, *fields = line.split("\t")
        if kind == "path" and fields:
            path = fields[0]
        elif kind in ("mod", "dep") and len(fields) > 1:
            found.append((fields[0], fields[1]))
        elif kind == "=>" and len(fields) > 1 and found:
            found[-1] = (found[-1][0], fields[1])
    return GoBuild(version.decode("utf-8", "replace"), path, tuple(found))


def _counted(block: bytes, at: int) -> tuple[bytes | None, int]:
    """A string behind its length, which is written in groups of seven bits."""
    length = shift = 0
    while at < len(block) and shift < 63:
        byte = block[at]
        at += 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (block[at : at + length], at + length) if at + length <= len(block) else (None, at)
        shift += 7
    return None, at


def trim(block: bytes) -> bytes:
    """The block without what follows it in the file."""
    if len(block) < _HEADER or not block[15] & _INLINE:
        return block[:_HEADER]
    version, at = _counted(block, _HEADER)
    modules, end = _counted(block, at) if version is not None else (None, at)
    return block[:end] if modules is not None else block[:_HEADER]
