"""Class files: the name, the parents and the public methods.

Source: The Java Virtual Machine Specification, Java SE 25 edition, chapter 4, read 2026-11-23.
"""

import struct

from msgspec import Struct

_PUBLIC = 0x0001
# Tag of a constant → bytes after it; text (tag 1) has its length before it.
_CONSTANT_SIZES = {
    3: 4,
    4: 4,
    5: 8,
    6: 8,
    7: 2,
    8: 2,
    9: 4,
    10: 4,
    11: 4,
    12: 4,
    15: 3,
    16: 2,
    17: 4,
    18: 4,
    19: 2,
    20: 2,
}
_TEXT, _CLASS, _WIDE = 1, 7, (5, 6)


class ClassFile(Struct, frozen=True):
    """What a class says of itself; names with slashes, as ``com/example/App``."""

    name: str
    parent: str | None
    """None of java/lang/Object alone."""
    interfaces: tuple[str, ...]
    methods: tuple[str, ...]
    """Names of its own public methods, in the file's order."""


def read_class(data: bytes) -> ClassFile | None:
    """None for what is no class file, or a damaged one."""
    try:
        return _Reader(data).read()
    except (struct.error, LookupError, UnicodeDecodeError):
        return None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def _take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f">{layout}", self.data, self.at)
        self.at += struct.calcsize(f">{layout}")
        return values

    def read(self) -> ClassFile | None:
        magic, _, _, count = self._take("IHHH")
        if magic != 0xCAFEBABE:
            return None
        texts, classes = self._constants(count)
        _, own, parent, interfaces = self._take("HHHH")
        names = [texts[classes[index]] for index in self._take(f"{interfaces}H")]
        self._members()
        methods = [texts[name] for flags, name in self._members() if flags & _PUBLIC]
        return ClassFile(
            texts[classes[own]], texts[classes[parent]] if parent else None, tuple(names), tuple(dict.fromkeys(methods))
        )

    def _constants(self, count: int) -> tuple[dict[int, str], dict[int, int]]:
        texts: dict[int, str] = {}
        classes: dict[int, int] = {}
        index = 1
        while index < count:
            (tag,) = self._take("B")
            if tag == _TEXT:
                (length,) = self._take("H")
                # Java's own variant of UTF-8 differs in what no name of a class or method needs.
                texts[index] = self.data[self.at : self.at + length].decode("utf-8", "replace")
                self.at += length
            elif tag == _CLASS:
                (classes[index],) = self._take("H")
            else:
                self.at += _CONSTANT_SIZES[tag]
            index += 2 if tag in _WIDE else 1
        return texts, classes

    def _members(self) -> list[tuple[int, int]]:
        """(access flags, index of the name) of the fields, or of the methods."""
        members = []
        (count,) = self._take("H")
        for _ in range(count):
            flags, name, _, attributes = self._take("HHHH")
            for _ in range(attributes):
                _, length = self._take("HI")
                self.at += length
            members.append((flags, name))
        return members
