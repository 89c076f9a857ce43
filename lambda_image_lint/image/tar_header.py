"""The fields of a tar's header. What repeats from entry to entry is remembered: most of a scan's own work is done here."""

import struct
from typing import TypeVar
from zlib import adler32

from lambda_image_lint.image.pax import LENGTH_MAX, TarDamaged

BLOCK = 512
"""Bytes of a header; payloads are padded to a multiple."""
USTAR = b"ustar\x0000"
"""Magic and version of POSIX's form."""

_FIELDS = struct.Struct("100s24s12s12s8xB100s8s64x16s155s12x")
"""Name, mode+uid+gid, size, mtime, type, link, magic, device numbers, prefix; without checksum and owners' names."""
_SUM = slice(148, 156)
_WITH_DEVICES = frozenset((USTAR, b"ustar  \0"))
"""What stands where a device's numbers do in later forms means nothing in a tar from before POSIX."""
_SPACES = 8 * 0x20
_ENDS = frozenset(b"\0 ")
_REMEMBERED_MAX = 8192
"""Values of a field: nearly all entries share a few, and the bound keeps a hostile tar from filling memory."""
_Value = TypeVar("_Value")

Fields = tuple[bytes, tuple[int, int, int], int, int, int, bytes, bytes, tuple[int, int], bytes]
"""Name, (mode, uid, gid), size, mtime, type, link, magic, (major, minor), prefix. Texts as they stand, with their NULs."""


class HeaderReader:
    """Reads the headers of one tar."""

    def __init__(self) -> None:
        self._owners: dict[bytes, tuple[int, int, int]] = {}
        self._times: dict[bytes, int] = {}
        self._devices: dict[bytes, tuple[int, int]] = {}
        self._sums: dict[bytes, int] = {}
        """A checksum's field → the low half of the header's Adler-32 where it holds."""

    def read(self, header: bytes) -> Fields:
        """All fields of a header. Raises `TarDamaged` where a number makes no sense, whether it is needed or not.

        Go's reader refuses such a tar.
        """
        name, owner_field, size_field, mtime_field, type, link, magic, device_field, prefix = _FIELDS.unpack(header)
        owner = self._owners.get(owner_field) or _remember(self._owners, owner_field, _owner(owner_field))
        mtime = self._times.get(mtime_field)
        if mtime is None:
            mtime = _remember(self._times, mtime_field, _number(mtime_field))
        device = (0, 0)
        if magic in _WITH_DEVICES:
            device = self._devices.get(device_field) or _remember(self._devices, device_field, _device(device_field))
        return name, owner, size_of(size_field), mtime, type, link, magic, device, prefix

    def check_sum(self, header: bytes) -> None:
        """Raises `TarDamaged` where the header's sum does not hold; the sum counts its own field as spaces.

        The low half of Adler-32 is one more than the sum of the bytes modulo 65521: a C loop in place of a Python one.
        """
        field = header[_SUM]
        expected = self._sums.get(field)
        found = adler32(header) & 0xFFFF
        if found == expected:
            return
        stated = _number(field)
        if found == _remember(self._sums, field, (stated - _SPACES + sum(field) + 1) % 65521):
            return
        # Some old tars summed signed bytes.
        rest = header[: _SUM.start] + header[_SUM.stop :]
        if sum(byte - 256 if byte > 127 else byte for byte in rest) + _SPACES != stated:
            raise TarDamaged("a header's checksum does not hold")


def text_of(field: bytes) -> str:
    """A field's text; bytes that are not UTF-8 become surrogates."""
    text = field.partition(b"\0")[0]
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("utf-8", "surrogateescape")


def size_of(field: bytes) -> int:
    """A field's number of bytes. Raises `TarDamaged`."""
    size = _number(field)
    if size < 0:
        raise TarDamaged(f"a header has the size {size}, out of range")
    return size


def _remember(values: dict[bytes, _Value], field: bytes, value: _Value) -> _Value:
    if len(values) >= _REMEMBERED_MAX:
        values.clear()
    values[field] = value
    return value


def _owner(field: bytes) -> tuple[int, int, int]:
    return _number(field[:8]) & 0o7777, _number(field[8:16]), _number(field[16:24])


def _device(field: bytes) -> tuple[int, int]:
    return _number(field[:8]), _number(field[8:])


def _number(field: bytes) -> int:
    """Octal digits, or base-256 where the first bit is set. Raises `TarDamaged` on anything else."""
    digits = field[:-1]
    # Nearly all numbers: digits to the last byte but one, which is a NUL or a space.
    if not (digits.isdigit() and field[-1] in _ENDS):
        if field[0] & 0x80:
            return _base_256(field)
        digits = field.strip(b" \0").partition(b"\0")[0]
        if not digits:
            return 0
        if not digits.isdigit():
            raise TarDamaged(f"a header has {digits!r} where a number stands")
    try:
        return int(digits, 8)
    except ValueError as error:
        raise TarDamaged(f"a header has {digits!r} where an octal number stands") from error


def _base_256(field: bytes) -> int:
    value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
    if field[0] & 0x40:
        value -= 1 << (8 * len(field) - 1)
    if abs(value) > LENGTH_MAX:
        raise TarDamaged(f"a header has the number {value}, out of range")
    return value
