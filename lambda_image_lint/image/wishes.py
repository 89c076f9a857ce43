"""Which bytes of which files are to be kept in the one pass over the layers; declared beforehand by who reads them."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Protocol

from msgspec import Struct

from lambda_image_lint.image.glob import compile_glob
from lambda_image_lint.image.names import absolute

KEPT_MAX = 64 * 1024 * 1024
"""Bytes kept of all files of an image; what goes beyond is read again when it is asked for."""


class ContentReader(Protocol):
    """Is fed one file in order and keeps what it needs of it."""

    def feed(self, piece: memoryview) -> None:
        """The next bytes; valid during the call only."""

    def result(self) -> bytes:
        """What `Image.kept` gives for the file, in the reader's own form."""


class Wish(Struct, frozen=True):
    """Files whose bytes are wanted.

    Of a file that several wishes match, the longest prefix is kept; a reader goes before all of them.
    """

    pattern: str
    """On the absolute path: ``/var/task/**/*.py``; ``*`` and ``?`` stay within a name, ``**`` crosses slashes."""
    prefix: int | None = None
    """Bytes from the start that are enough; None: the whole file."""
    limit: int = 1024 * 1024
    """Bytes; a file that is longer is passed over, unless a prefix is enough."""
    magic: bytes = b""
    """Only files that begin so: ``\\x7fELF``. At most 512 bytes."""
    reader: Callable[[], ContentReader] | None = None
    """Makes a reader for each file, in place of a prefix; its qualified name is part of the cache's key."""


class Kept(Struct, frozen=True):
    """Bytes of a file that a wish has kept."""

    data: bytes
    is_whole: bool
    """False: the file goes on after them."""
    is_digest: bool = False
    """True: what a `ContentReader` has made of the file, not the file's own bytes."""


class Capture:
    """Takes what the wishes for one file ask for, while its content goes by."""

    def __init__(self, wishes: Sequence[Wish], size: int) -> None:
        self._wishes = wishes
        self._size = size
        self._magic = max(len(wish.magic) for wish in wishes)
        self._data = bytearray()
        self._needed: int | None = None
        """Bytes to keep; None until the magic bytes have come."""
        self._reader: ContentReader | None = None

    def feed(self, piece: memoryview) -> None:
        """The next bytes of the file."""
        if self._needed is None:
            self._data += piece[: self._magic]
            if len(self._data) < min(self._magic, self._size):
                return
            taken = min(self._magic, len(piece))
            self._decide()
            piece = piece[taken:]
        if self._reader is not None:
            self._reader.feed(piece)
        elif (missing := self._wanted - len(self._data)) > 0:
            self._data += piece[:missing]

    def result(self) -> Kept | None:
        """What was taken; None where the content is none that is wished for."""
        if self._needed is None:
            self._decide()
        if self._reader is not None:
            return Kept(self._reader.result(), is_whole=False, is_digest=True)
        if not self._needed:
            return Kept(b"", is_whole=True) if self._size == 0 and self._matching() else None
        return Kept(bytes(self._data[: self._needed]), is_whole=self._needed == self._size)

    @property
    def _wanted(self) -> int:
        return self._needed or 0

    def _matching(self) -> list[Wish]:
        return [wish for wish in self._wishes if self._data.startswith(wish.magic)]

    def _decide(self) -> None:
        matching = self._matching()
        whole = [self._size for wish in matching if wish.prefix is None and wish.reader is None]
        prefixes = [min(wish.prefix, self._size) for wish in matching if wish.prefix is not None]
        self._needed = max([*whole, *prefixes], default=0)
        make = next((wish.reader for wish in matching if wish.reader is not None), None)
        if make is not None:
            self._reader = make()
            self._reader.feed(memoryview(bytes(self._data)))


_FOLDERS_MAX = 16 * 1024
"""Folders whose wishes are remembered: bounds what a hostile tar makes of them."""
_NO_WISHES: Sequence[Wish] = ()


class Wishes:
    """All wishes together, made quick: most files are turned down by their name's end alone."""

    def __init__(self, wishes: Iterable[Wish] = ()) -> None:
        self.wishes = tuple(dict.fromkeys(wishes))
        self.magic_max = max((len(wish.magic) for wish in self.wishes), default=0)
        """Bytes of a file's start that decide whether a wish is for it."""
        self._by_name: dict[str, list[Wish]] = {}
        self._by_suffix: dict[str, list[Wish]] = {}
        """Of patterns that end in ``/*.suffix``: the folder alone tells which of them are for a file."""
        self._in_folder: dict[tuple[str, str], list[Wish]] = {}
        """(folder, suffix) → what `_by_suffix` has for it."""
        self._by_odd_suffix: dict[str, list[Wish]] = {}
        self._others: list[Wish] = []
        for wish in self.wishes:
            self._group(wish).append(wish)
        magics = tuple(wish.magic for wish in self._others)
        self._magics = magics if all(magics) else ()
        """What a file of `_others` begins with; empty where one of them does not ask for it."""

    def _group(self, wish: Wish) -> list[Wish]:
        name = wish.pattern.rpartition("/")[2]
        if not re.search(r"[*?\[]", name):
            return self._by_name.setdefault(name, [])
        suffix = re.fullmatch(r"(.*)(\.[^.*?\[\]]+)", name)
        if suffix is None:
            return self._others
        # ``**`` within the last part may cross a slash; the suffix still is the end of the file's own name.
        return (self._by_suffix if suffix[1] == "*" else self._by_odd_suffix).setdefault(suffix[2], [])

    def matching(self, folder: str, name: str, size: int, head: bytes | None) -> Sequence[Wish]:
        """The wishes for a file of `size` bytes; `folder` without slashes at its ends.

        `head` are its first `magic_max` bytes, or all of a shorter one; None where they are not known yet.
        """
        dot = name.rfind(".")
        suffix = name[dot:] if dot >= 0 else ""
        of_suffix: Sequence[Wish] = ()
        if suffix in self._by_suffix:
            remembered = self._in_folder.get((folder, suffix))
            of_suffix = self._remember(folder, suffix) if remembered is None else remembered
        # What nearly all files are: named like nothing that is wished for, and without the magic bytes of the others.
        is_other = self._others and (not self._magics or head is None or head.startswith(self._magics))
        if not (is_other or of_suffix or name in self._by_name or suffix in self._by_odd_suffix):
            return _NO_WISHES
        path = ""
        groups = (self._by_name.get(name, ()), of_suffix, self._by_odd_suffix.get(suffix, ()), self._others)
        found = []
        for group in groups:
            for wish in group:
                # Magic bytes turn down most files, and more quickly than a pattern does.
                if wish.magic and head is not None and not head.startswith(wish.magic):
                    continue
                if size > wish.limit and wish.prefix is None and wish.reader is None:
                    continue
                path = path or absolute(folder, name)
                # Compiled when the first file asks for it: a run that has all layers in the cache needs none of them.
                if compile_glob(wish.pattern).match(path):
                    found.append(wish)
        return found

    def _remember(self, folder: str, suffix: str) -> list[Wish]:
        if len(self._in_folder) >= _FOLDERS_MAX:
            self._in_folder.clear()
        path = absolute(folder, suffix)
        found = [wish for wish in self._by_suffix[suffix] if compile_glob(wish.pattern).match(path)]
        self._in_folder[folder, suffix] = found
        return found

    @cached_property
    def version(self) -> str:
        """A digest of all that decides what is kept: part of the cache's key."""
        import hashlib

        lines = sorted(
            repr((w.pattern, w.prefix, w.limit, w.magic, w.reader and f"{w.reader.__module__}.{w.reader.__qualname__}"))
            for w in self.wishes
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
