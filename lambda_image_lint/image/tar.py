"""Walks a tar stream entry by entry, with bounded memory, over input that may be hostile.

Reads what Docker's and containerd's own reader (Go's archive/tar) reads: ustar, PAX, GNU long names, base-256
numbers, sparse files. Python's tarfile does too, but costs ten times as much an entry and keeps them all.
Sources for the format: POSIX.1-2017 pax, "GNU tar: Basic Tar Format"; where readers differ, Go's behaviour counts,
since that is what builds and runs images.
"""

import struct
from collections.abc import Iterator, Mapping
from zlib import adler32

from lambda_image_lint.image.pax import LENGTH_MAX, PaxRecords, TarDamaged, parse_pax

BLOCK = 512
"""Bytes of a header; payloads are padded to a multiple."""
EXTENSION_MAX = 1024 * 1024
"""Bytes of a PAX or GNU extension header; Go's reader, hence Docker, refuses longer ones."""

_FIELDS = struct.Struct("100s24s12s12s8s1s100s8s64s8s8s155s12x")
"""Name, mode+uid+gid, size, mtime, checksum, type, link, magic, owner names, device major and minor, prefix."""
_ZEROS = bytes(BLOCK)
_USTAR = b"ustar\x0000"
_WITHOUT_PAYLOAD = frozenset(b"123456")
_SPACES = 8 * 0x20
_OLD_SPARSE_EXTENDED, _OLD_SPARSE_SIZE = 482, slice(483, 495)


class TarEntry:
    """One entry, its extension headers applied."""

    __slots__ = (
        "device",
        "gid",
        "is_sparse",
        "link",
        "mode",
        "mtime",
        "name",
        "size",
        "stored",
        "type",
        "uid",
        "xattrs",
    )

    def __init__(self, name: str, type: int, mode: int, uid: int, gid: int, size: int, mtime: int, link: str) -> None:
        self.name = name
        """As written; bytes that are not UTF-8 are surrogates."""
        self.type = type
        """The type flag's byte; an old tar's directory (a file whose name ends in a slash) is ``5``."""
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.size = size
        """Bytes of the file, holes included."""
        self.stored = size
        """Bytes of payload in the stream."""
        self.mtime = mtime
        self.link = link
        self.is_sparse = False
        self.device: tuple[int, int] | None = None
        self.xattrs: Mapping[str, bytes] | None = None


class TarReader:
    """The entries of a tar that comes in chunks. Iterate; between two entries `payload` gives the first one's content.

    Raises `TarDamaged` where the stream breaks; the entries before that stand.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._chunk = b""
        self._at = 0
        self._payload_left = 0
        self._padding = 0
        self._owners: dict[bytes, tuple[int, int, int]] = {}

    def __iter__(self) -> Iterator[TarEntry]:
        pax = _NO_RECORDS
        long_name = long_link = None
        while (header := self._next_header()) is not None:
            flag = header[156]
            if flag in b"xXgLK":
                extension = self._extension(header)
                if flag in b"xX":
                    pax = parse_pax(extension)
                elif flag == 0x4C:
                    long_name = _text(extension)
                elif flag == 0x4B:
                    long_link = _text(extension)
                # Global headers are read and passed over, as Docker does.
                continue
            entry = self._entry(header, pax, long_name, long_link)
            pax, long_name, long_link = _NO_RECORDS, None, None
            yield entry
        self._drain()

    def payload(self) -> Iterator[memoryview]:
        """The content of the entry that came last, in pieces, as stored: of a sparse file the parts that are there."""
        while self._payload_left:
            if self._at == len(self._chunk):
                self._advance("in the middle of a file")
            end = min(len(self._chunk), self._at + self._payload_left)
            piece = memoryview(self._chunk)[self._at : end]
            self._payload_left -= end - self._at
            self._at = end
            yield piece

    def head(self, count: int) -> bytes:
        """The first bytes of the content without taking them; fewer where the chunk at hand ends before."""
        return self._chunk[self._at : self._at + min(count, self._payload_left)]

    def whole_payload(self) -> memoryview | None:
        """The whole content where it lies in the chunk at hand, which is so for most files; else None."""
        end = self._at + self._payload_left
        if end > len(self._chunk):
            return None
        piece = memoryview(self._chunk)[self._at : end]
        self._at = end
        self._payload_left = 0
        return piece

    def _next_header(self) -> bytes | None:
        if self._payload_left + self._padding and not self._skip():
            return None
        header = self._take_block()
        if header is None:
            return None
        if header == _ZEROS:
            second = self._take_block()
            if second is None or second == _ZEROS:
                return None
            raise TarDamaged("an empty block is followed by something else than the end")
        _check_sum(header)
        return header

    def _take_block(self) -> bytes | None:
        """The next 512 bytes; None at the end."""
        at = self._at
        if at + BLOCK <= len(self._chunk):
            self._at = at + BLOCK
            return self._chunk[at : at + BLOCK]
        rest = self._chunk[at:]
        while len(rest) < BLOCK:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._chunk, self._at = b"", 0
                if rest:
                    raise TarDamaged("the tar ends in the middle of a header")
                return None
            rest += chunk
        self._chunk, self._at = rest, BLOCK
        return rest[:BLOCK]

    def _skip(self) -> bool:
        """Pass over what is left of the payload, and its padding; False where the stream ends in the padding.

        umoci writes such layers, and Go's reader takes that for the end.
        """
        padding = self._padding
        count = self._payload_left + padding
        self._payload_left = self._padding = 0
        while count > (left := len(self._chunk) - self._at):
            count -= left
            if count > padding:
                self._advance("in the middle of a file")
                continue
            chunk = next(self._chunks, None)
            self._chunk, self._at = chunk or b"", 0
            if chunk is None:
                return False
        self._at += count
        return True

    def _advance(self, where: str) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise TarDamaged(f"the tar ends {where}")
        self._chunk, self._at = chunk, 0

    def _drain(self) -> None:
        # Whatever follows the end mark belongs to the blob and to its digests.
        self._chunk, self._at = b"", 0
        for _ in self._chunks:
            pass

    def _extension(self, header: bytes) -> bytes:
        size = _number(header[124:136])
        if size > EXTENSION_MAX:
            raise TarDamaged(f"an extension header claims {size} bytes, more than the {EXTENSION_MAX} that are read")
        self._expect_payload(size)
        return b"".join(self.payload())

    def _expect_payload(self, stored: int) -> None:
        self._payload_left = stored
        self._padding = -stored % BLOCK

    def _entry(self, header: bytes, pax: PaxRecords, long_name: str | None, long_link: str | None) -> TarEntry:
        name, owner, size_field, mtime, _, type_flag, link, magic, _, major, minor, prefix = _FIELDS.unpack(header)
        mode, uid, gid = self._owners.get(owner) or self._remember(owner)
        flag = type_flag[0]
        path = long_name
        if path is None:
            path = _text(name)
            if magic == _USTAR and prefix[0]:
                path = f"{_text(prefix)}/{path}"
        if pax is not _NO_RECORDS:
            path = pax.path or path
        size = pax.size if pax.size is not None else _number(size_field)
        # A directory of a tar from before POSIX is a file whose name ends in a slash.
        if flag in b"0\x007":
            flag = 0x35 if path.endswith("/") else 0x30
        entry = TarEntry(
            path,
            flag,
            mode,
            uid if pax.uid is None else pax.uid,
            gid if pax.gid is None else pax.gid,
            size if flag == 0x30 else 0,
            _number(mtime, negative=True) if pax.mtime is None else pax.mtime,
            pax.link or long_link or (_text(link) if link[0] else ""),
        )
        # What has no content by its type has none in the stream either, whatever its header claims: Go's reading.
        entry.stored = 0 if flag in _WITHOUT_PAYLOAD else size
        entry.xattrs = pax.xattrs
        if flag in b"34":
            entry.device = (_number(major), _number(minor))
        elif flag == 0x53:
            self._old_sparse(header, entry)
        elif pax.sparse_size is not None:
            entry.is_sparse, entry.size = True, pax.sparse_size
        self._expect_payload(entry.stored)
        return entry

    def _old_sparse(self, header: bytes, entry: TarEntry) -> None:
        """GNU's first form: the true size is in the header, and the map may go on in blocks before the content."""
        entry.type, entry.is_sparse = 0x30, True
        entry.size = _number(header[_OLD_SPARSE_SIZE])
        extended = header[_OLD_SPARSE_EXTENDED]
        while extended:
            block = self._take_block()
            if block is None:
                raise TarDamaged("the tar ends in the map of a sparse file")
            extended = block[504]

    def _remember(self, owner: bytes) -> tuple[int, int, int]:
        # Nearly all entries share a few combinations; the bound keeps a hostile tar from filling memory.
        if len(self._owners) > 4096:
            self._owners.clear()
        numbers = (_number(owner[:8]) & 0o7777, _number(owner[8:16]), _number(owner[16:24]))
        self._owners[owner] = numbers
        return numbers


_NO_RECORDS = PaxRecords()


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _number(field: bytes, negative: bool = False) -> int:
    """Octal digits, or base-256 where the first bit is set. Raises `TarDamaged` on anything else."""
    digits = field[:-1]
    # Nearly all numbers: digits to the last byte but one, which is a NUL or a space.
    if not (digits.isdigit() and field[-1] in b"\0 "):
        if field[0] & 0x80:
            return _base_256(field, negative)
        digits = field.strip(b" \0").partition(b"\0")[0]
        if not digits:
            return 0
        if not digits.isdigit():
            raise TarDamaged(f"a header has {digits!r} where a number stands")
    try:
        return int(digits, 8)
    except ValueError as error:
        raise TarDamaged(f"a header has {digits!r} where an octal number stands") from error


def _base_256(field: bytes, negative: bool) -> int:
    value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
    if field[0] & 0x40:
        value -= 1 << (8 * len(field) - 1)
    if (value < 0 and not negative) or abs(value) > LENGTH_MAX:
        raise TarDamaged(f"a header has the number {value}, out of range")
    return value


def _check_sum(header: bytes) -> None:
    """Raises `TarDamaged` where the header's sum does not hold; the sum counts its own field as spaces.

    The low half of Adler-32 is one more than the sum of the bytes modulo 65521: a C loop in place of a Python one.
    """
    field = header[148:156]
    stated = _number(field)
    if (adler32(header) & 0xFFFF) == (stated - _SPACES + sum(field) + 1) % 65521:
        return
    # Some old tars summed signed bytes.
    signed = sum(byte - 256 if byte > 127 else byte for byte in header[:148] + header[156:]) + _SPACES
    if signed != stated:
        raise TarDamaged("a header's checksum does not hold")
