"""A file of which at least the name is known, and where its bytes come from."""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.finding import Place
from lambda_image_lint.function.model import File, Kind
from lambda_image_lint.records import AbstractRecord

Reader = Callable[[int | None], Answer[bytes]]
"""Gives the first so many bytes of a file, or all."""


class KnownFile(Struct, File, frozen=True, metaclass=AbstractRecord):
    """A file, a directory or a symlink that is certainly there."""

    path: str
    kind: Kind
    mode: Answer[int]
    uid: Answer[int]
    gid: Answer[int]
    size: Answer[int]
    place: Place
    reader: Reader | None = None
    """None: a directory."""
    origin: str | None = None
    """The image that it was copied from, where that is another one."""
    mode_place: Place | None = None
    source: str | None = None
    """The file of the build context that it is a copy of."""

    def read(self, limit: int | None = None) -> Answer[bytes]:
        if self.reader is None:
            return Unknown(f"{self.path} is a {self.kind.value}", self.place)
        return self.reader(limit)


def blurred(unknown: Unknown) -> Callable[[KnownFile], KnownFile]:
    """A change of permissions and owners that may have been any."""
    return lambda file: replace(file, mode=unknown, uid=unknown, gid=unknown)


def unknown_content(unknown: Unknown) -> Reader:
    """A reader of a file whose bytes nobody knows."""
    return lambda limit: unknown


def held_content(content: bytes) -> Reader:
    """A reader of bytes in memory."""
    return lambda limit: content[:limit]
