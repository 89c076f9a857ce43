"""Walks a tar stream entry by entry, with bounded memory, over input that may be hostile.

Reads what Docker's and containerd's own reader (Go's archive/tar) reads: ustar, PAX, GNU long names, base-256
numbers, sparse files. Python's tarfile does too, but costs ten times as much an entry and keeps them all.
Sources for the format: POSIX.1-2017 pax, "GNU tar: Basic Tar Format"; where readers differ, Go's behaviour counts,
since that is what builds and runs images.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from lambda_image_lint.image.pax import PaxRecords, TarDamaged, parse_pax
from lambda_image_lint.image.tar_header import BLOCK, USTAR, HeaderReader, size_of, text_of

EXTENSION_MAX = 1024 * 1024
"""Bytes of a PAX or GNU extension header; Go's reader, hence Docker, refuses longer ones."""

_ZEROS = bytes(BLOCK)
_EXTENSIONS = frozenset(b"xgLK")
_FILE, _DIRECTORY, _OLD_SPARSE = b"05S"
_DEVICES = frozenset(b"34")
_CONTIGUOUS = 0x37
_WITHOUT_PAYLOAD = frozenset(b"123456")
_OLD_SPARSE_EXTENDED, _OLD_SPARSE_SIZE = 482, slice(483, 495)


class TarEntry(Struct, gc=False):
    """One entry, its extension headers applied. Quick to make, since a layer has a hundred thousand."""

    name: str
    """As written; bytes that are not UTF-8 are surrogates."""
    type: int
    """The type flag's byte; an old tar's directory (a file whose name ends in a slash) is ``5``."""
    owner: tuple[int, int, int]
    """Mode, 0 to 0o7777, uid and gid."""
    size: int
    """Bytes of the file, holes included."""
    stored: int
    """Bytes of payload in the stream."""
    mtime: int
    link: str
    xattrs: Mapping[str, bytes] | None = None
    is_sparse: bool = False
    device: tuple[int, int] | None = None

    @property
    def mode(self) -> int:
        """Permission bits, 0 to 0o7777."""
        return self.owner[0]

    @property
    def uid(self) -> int:
        """Numeric, of the owner."""
        return self.owner[1]

    @property
    def gid(self) -> int:
        """Numeric, of the group."""
        return self.owner[2]


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
        self._headers = HeaderReader()

    def __iter__(self) -> Iterator[TarEntry]:
        pax = _NO_RECORDS
        long_name = long_link = None
        while (header := self._next_header()) is not None:
            flag = header[156]
            if flag in _EXTENSIONS:
                extension = self._extension(header)
                if flag == 0x78:
                    pax = parse_pax(extension)
                elif flag == 0x4C:
                    long_name = text_of(extension)
                elif flag == 0x4B:
                    long_link = text_of(extension)
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
        at = self._at + self._payload_left + self._padding
        if at + BLOCK <= len(self._chunk):
            # Nearly always: the rest of the payload and the next header lie in the chunk at hand.
            self._payload_left = self._padding = 0
            self._at = at + BLOCK
            header: bytes | None = self._chunk[at : at + BLOCK]
        else:
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
        self._headers.check_sum(header)
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
        size = self._headers.read(header)[2]
        if size > EXTENSION_MAX:
            raise TarDamaged(f"an extension header claims {size} bytes, more than the {EXTENSION_MAX} that are read")
        self._expect_payload(size)
        return b"".join(self.payload())

    def _expect_payload(self, stored: int) -> None:
        self._payload_left = stored
        self._padding = -stored % BLOCK

    def _entry(self, header: bytes, pax: PaxRecords, long_name: str | None, long_link: str | None) -> TarEntry:
        name, owner, size, mtime, flag, link, magic, device, prefix = self._headers.read(header)
        path = long_name
        if path is None:
            path = text_of(name)
            if magic == USTAR and prefix[0]:
                path = f"{text_of(prefix)}/{path}"
        target = long_link or (text_of(link) if link[0] else "")
        if pax is not _NO_RECORDS:
            path, target = pax.path or path, pax.link or target
            size = size if pax.size is None else pax.size
            mtime = mtime if pax.mtime is None else pax.mtime
            if pax.uid is not None or pax.gid is not None:
                owner = (owner[0], owner[1] if pax.uid is None else pax.uid, owner[2] if pax.gid is None else pax.gid)
        if flag == 0:
            # A directory of a tar from before POSIX is a file whose name ends in a slash; of a later one it is a file.
            flag = _DIRECTORY if path.endswith("/") else _FILE
        elif flag == _CONTIGUOUS:
            flag = _FILE
        # What has no content by its type has none in the stream either, whatever its header claims: Go's reading.
        stored = 0 if flag in _WITHOUT_PAYLOAD else size
        entry = TarEntry(path, flag, owner, size if flag == _FILE else 0, stored, mtime, target, pax.xattrs)
        if flag in _DEVICES:
            entry.device = device
        elif flag == _OLD_SPARSE:
            self._old_sparse(header, entry)
        elif pax.sparse_size is not None:
            entry.is_sparse, entry.size = True, pax.sparse_size
        self._expect_payload(stored)
        return entry

    def _old_sparse(self, header: bytes, entry: TarEntry) -> None:
        """GNU's first form: the true size is in the header, and the map may go on in blocks before the content."""
        entry.type, entry.is_sparse = _FILE, True
        entry.size = size_of(header[_OLD_SPARSE_SIZE])
        extended = header[_OLD_SPARSE_EXTENDED]
        while extended:
            block = self._take_block()
            if block is None:
                raise TarDamaged("the tar ends in the map of a sparse file")
            extended = block[504]


_NO_RECORDS = PaxRecords()
