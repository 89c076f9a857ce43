"""PAX extended headers: records of ``LENGTH KEY=VALUE\\n`` that replace fields of the entry that follows."""

from collections.abc import Mapping

from msgspec import Struct

LENGTH_MAX = 2**63 - 1
"""Bytes that an entry can claim to have, and the largest of all other numbers."""

_NEWLINE = 0x0A
_TEXTS = frozenset((b"path", b"linkpath", b"uname", b"gname"))
_SPARSE = b"GNU.sparse.name"
_XATTR = "SCHILY.xattr."
_XATTR_LIBARCHIVE = "LIBARCHIVE.xattr."


class TarDamaged(Exception):  # noqa: N818 - says what is the case
    """The stream is no tar from here on, or ends early."""


class PaxRecords(Struct, frozen=True):
    """The records that say something about an image's entry; None where there is no such record."""

    path: str | None = None
    link: str | None = None
    size: int | None = None
    """Bytes stored in the stream."""
    uid: int | None = None
    gid: int | None = None
    mtime: int | None = None
    """Seconds since 1970, rounded down."""
    sparse_size: int | None = None
    """Of a sparse file in one of GNU's three PAX forms: its true length."""
    xattrs: Mapping[str, bytes] | None = None


def parse_pax(block: bytes) -> PaxRecords:
    """Read an extended header. Raises `TarDamaged` where it is malformed."""
    records = dict(_records(block))
    xattrs = {key.removeprefix(_XATTR): value for key, value in records.items() if key.startswith(_XATTR)}
    for key, value in records.items():
        if key.startswith(_XATTR_LIBARCHIVE):
            xattrs.setdefault(*_libarchive_xattr(key.removeprefix(_XATTR_LIBARCHIVE), value))
    sparse = records.get("GNU.sparse.realsize", records.get("GNU.sparse.size"))
    path = records.get("GNU.sparse.name", records.get("path"))
    link = records.get("linkpath")
    return PaxRecords(
        path=None if path is None else path.decode("utf-8", "surrogateescape"),
        link=None if link is None else link.decode("utf-8", "surrogateescape"),
        size=_whole(records, "size"),
        uid=_whole(records, "uid"),
        gid=_whole(records, "gid"),
        mtime=_seconds(records),
        sparse_size=None if sparse is None else _natural(sparse),
        xattrs=xattrs or None,
    )


def _records(block: bytes) -> list[tuple[str, bytes]]:
    found = []
    at = 0
    while at < len(block):
        # GNU tar pads with NULs where it has counted too much.
        if block[at] == 0:
            break
        space = block.find(b" ", at, at + 20)
        digits = block[at:space] if space > at else b""
        if not digits.isdigit():
            raise TarDamaged("an extended header is malformed")
        end = at + int(digits)
        key, equals, value = block[space + 1 : end - 1].partition(b"=")
        if not space < end - 1 < len(block) or block[end - 1] != _NEWLINE or not equals or not _makes_sense(key, value):
            raise TarDamaged("an extended header is malformed")
        # NUL ends a name for every kernel: what comes after it would be shown and never be there.
        found.append((key.decode("utf-8", "surrogateescape"), value.partition(b"\0")[0] if key == _SPARSE else value))
        at = end
    return found


def _makes_sense(key: bytes, value: bytes) -> bool:
    """What Go's reader takes; it refuses the tar otherwise."""
    return b"\0" not in value if key in _TEXTS else bool(key) and b"\0" not in key


def _whole(records: Mapping[str, bytes], key: str) -> int | None:
    return _natural(records[key]) if records.get(key) else None


def _natural(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 19 or int(digits) > LENGTH_MAX:
        raise TarDamaged(f"an extended header has {digits[:40]!r} where a number stands")
    return int(digits)


def _seconds(records: Mapping[str, bytes]) -> int | None:
    text = records.get("mtime")
    if not text:
        return None
    whole, _, fraction = text.partition(b".")
    negative = whole.startswith(b"-")
    seconds = _natural(whole.removeprefix(b"-") or b"0")
    if not negative:
        return seconds
    return -seconds - (1 if fraction.strip(b"0") else 0)


def _libarchive_xattr(name: str, value: bytes) -> tuple[str, bytes]:
    import base64
    import binascii
    from urllib.parse import unquote

    try:
        return unquote(name), base64.b64decode(value + b"=" * (-len(value) % 4))
    except (binascii.Error, ValueError) as error:
        raise TarDamaged("an extended header has an attribute that is no base64") from error
