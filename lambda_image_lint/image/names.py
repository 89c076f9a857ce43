"""Names in a tar, as they come and as they count."""

from collections.abc import Iterator

from lambda_image_lint.image.layers import Oddity

NAME_MAX = 255
"""Bytes of one part of a path. Source: Linux limits.h."""
PATH_MAX = 4095
"""Bytes of a path, without the NUL. Source: Linux limits.h."""
_UTF8_MAX = 4
"""Bytes of a character."""
_NOT_CLEAN = frozenset(("", ".", ".."))


def clean(name: str) -> str:
    """A tar's name as a path from the root, without slashes at its ends; ``..`` cannot leave the root."""
    if name.startswith("./"):
        name = name[2:]
    name = name.rstrip("/")
    # Nearly all names are clean by now: only those that show a sign of something else are taken apart.
    if "//" in name or "./" in name or name[:1] == "/" or name[-1:] == ".":
        parts: list[str] = []
        for part in name.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "/".join(parts)
    return name


def absolute(folder: str, name: str) -> str:
    """The absolute path of a name in a folder, which has no slashes at its ends; the root is empty."""
    return f"/{folder}/{name}" if folder else f"/{name}"


def is_plain(part: str) -> bool:
    """Whether one part of a name is clean and has nothing that `oddities` or `is_too_long` could say; quick."""
    return len(part) <= NAME_MAX // _UTF8_MAX and part.isprintable() and part not in _NOT_CLEAN


def are_plain(folder: str) -> bool:
    """Whether all parts of a folder, as a name in a tar has it before the last slash, are plain, or it begins ``./``."""
    folder = folder.removeprefix("./")
    return len(folder) <= PATH_MAX // _UTF8_MAX - NAME_MAX and (
        folder in ("", ".") or all(map(is_plain, folder.split("/")))
    )


def oddities(name: str) -> Iterator[Oddity]:
    """What is unusual about a name as it stands in the tar."""
    if name.startswith("/"):
        yield Oddity.ABSOLUTE_NAME
    if ".." in name and ".." in name.split("/"):
        yield Oddity.PATH_TRAVERSAL
    if not name.isprintable():
        if any("\udc80" <= character <= "\udcff" for character in name):
            yield Oddity.NAME_NOT_UTF8
        if any(character < " " or "\x7f" <= character <= "\x9f" for character in name):
            yield Oddity.CONTROL_CHARACTERS


def is_too_long(path: str) -> bool:
    """Whether no Linux file system can hold a path, given without a leading slash."""
    if len(path) * _UTF8_MAX <= NAME_MAX:
        return False
    encoded = path.encode("utf-8", "surrogateescape")
    return len(encoded) >= PATH_MAX or any(len(part) > NAME_MAX for part in encoded.split(b"/"))
