"""The members of an image archive: an outer tar, told apart from the layers that lie in it.

An archive that can seek is indexed by its headers alone, and its members are read in place. One that passes by is
walked once: documents are kept, each candidate layer is handed on as it comes.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct, field

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.pax import TarDamaged
from lambda_image_lint.image.source import BlobDamaged, LayerReader
from lambda_image_lint.image.sources.store import CHUNK, DOCUMENT_MAX, inside, stream_of
from lambda_image_lint.image.tar import TarEntry, TarReader
from lambda_image_lint.image.tar_header import BLOCK

MEMBERS_MAX = 100_000
"""Members of an image archive that are read: layers and documents, a few a layer. Our own limit, against bombs."""
DOCUMENTS_MAX = 64 * 1024 * 1024
"""Bytes of documents that are kept of a stream. Our own limit: configs and manifests of a thousand images fit."""
LINKS_MAX = 16
"""Links followed from member to member; Docker's archives have one."""

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
_REGULAR, _HARD_LINK, _SYMBOLIC_LINK = b"012"


class Members(Struct):
    """What an archive holds, by path."""

    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Offset of the content in the archive, and its bytes. Of two with one name the last counts."""
    links: dict[str, str] = field(default_factory=dict)
    """What a symbolic or hard link points to."""
    documents: dict[str, bytes] = field(default_factory=dict)
    """The small JSON files of a stream."""
    cut: str | None = None
    """Where the archive breaks, as a clause; None where it is whole."""
    _count: int = 0

    def add(self, entry: TarEntry, offset: int) -> str | None:
        """Take a member in; returns its path if it is a regular file. Raises `SourceError` on far too many."""
        self._count += 1
        if self._count > MEMBERS_MAX:
            raise SourceError(f"the archive has more than {MEMBERS_MAX} members, which no image has")
        path = inside(entry.name)
        if entry.type == _REGULAR:
            self.files[path] = (offset, entry.stored)
            self.links.pop(path, None)
            return path
        if entry.type in (_HARD_LINK, _SYMBOLIC_LINK):
            # A hard link names its target from the top, a symbolic one from its own folder.
            base = "" if entry.type == _HARD_LINK else path.rpartition("/")[0]
            self.links[path] = inside(f"{base}/{entry.link}")
            self.files.pop(path, None)
        return None

    def resolve(self, path: str) -> str:
        """The path that links lead to; a loop leads to nothing."""
        path = inside(path)
        for _ in range(LINKS_MAX):
            if path not in self.links:
                break
            path = self.links[path]
        return path


def index_members(file: BinaryIO) -> Members:
    """Read the headers of an archive that can seek; the content in between is skipped."""
    members = Members()
    end = file.seek(0, os.SEEK_END)
    offset = 0
    while offset < end:
        file.seek(offset)
        if not any(file.read(BLOCK)):  # the end mark
            return members
        file.seek(offset)
        # Blocks one by one: after an entry the file stands exactly where its content begins.
        reader = TarReader(iter(lambda: file.read(BLOCK), b""))
        try:
            entry = next(iter(reader), None)
        except TarDamaged as error:
            members.cut = str(error)
            return members
        if entry is None:
            return members
        content = file.tell()
        members.add(entry, content)
        offset = content + entry.stored + -entry.stored % BLOCK
        if content + entry.stored > end:
            break
    members.cut = f"it ends after {end} bytes without an end mark" if end else "it is empty"
    return members


def walk_members(stream: BinaryIO, scan: LayerReader) -> Members:
    """Walk an archive that passes by: keep the documents, hand each candidate layer to `scan`."""
    members = Members()
    kept = 0
    chunks = _EndMarkSeen(iter(lambda: stream.read(CHUNK), b""))
    reader = TarReader(chunks)
    try:
        for entry in reader:
            path = members.add(entry, 0)
            if path is None:
                continue
            head = bytearray()
            payload = reader.payload()
            while len(head) < BLOCK and (piece := next(payload, None)) is not None:
                head += piece
            if _is_document(head, entry.stored):
                kept += entry.stored
                if kept > DOCUMENTS_MAX:
                    raise SourceError(
                        f"the archive has more than {DOCUMENTS_MAX} bytes of documents, which no image has"
                    )
                members.documents[path] = b"".join((head, *payload))
            elif _may_be_layer(head, entry.stored):
                scan(path, stream_of(_content(bytes(head), reader, path)))
    except TarDamaged as error:
        members.cut = str(error)
    else:
        members.cut = None if chunks.end_mark_seen else "it ends without an end mark"
    return members


class _EndMarkSeen:
    """Chunks that pass by, and whether they ended as a tar ends; a stream that was cut between two members looks whole."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._last = b""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self._last = chunk[-BLOCK:] if len(chunk) >= BLOCK else (self._last + chunk)[-BLOCK:]
        return chunk

    @property
    def end_mark_seen(self) -> bool:
        """Whether the last block is empty."""
        return self._last == bytes(BLOCK)


def _content(head: bytes, reader: TarReader, path: str) -> Iterator[bytes | memoryview]:
    """A member's content; an archive that ends in the middle of it is the image's fault, not the job's."""
    yield head
    try:
        yield from reader.payload()
    except TarDamaged as error:
        raise BlobDamaged(f"the archive ends in the middle of {path}") from error


def _is_tar(head: bytes | bytearray) -> bool:
    return head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + len(_TAR_MAGIC)] == _TAR_MAGIC


def _is_document(head: bytes | bytearray, size: int) -> bool:
    # A tar begins with its first member's name, which may well begin with a brace.
    return head.lstrip()[:1] in (b"{", b"[") and size <= DOCUMENT_MAX and not _is_tar(head)


def _may_be_layer(head: bytes | bytearray, size: int) -> bool:
    return head.startswith((GZIP_MAGIC, ZSTD_MAGIC)) or size >= BLOCK


def is_archive(head: bytes) -> bool:
    """Whether a file that begins so (512 bytes are enough) is a tar or a compressed one, rather than text."""
    return _is_tar(head) or head.startswith((GZIP_MAGIC, ZSTD_MAGIC, b"\xfd7zXZ\x00", b"BZh"))
