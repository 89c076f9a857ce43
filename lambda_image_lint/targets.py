"""A word on the command line → what is to be linted.

A regular file is told by its content: an image archive, else a Dockerfile. A directory with an ``oci-layout`` is an
image, any other is searched. ``-`` is a Dockerfile or an archive on standard input. A word with a scheme is an image from
that source; any other word is an image reference.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from lambda_image_lint.discovery import is_dockerfile_name, search
from lambda_image_lint.errors import NothingToLint, TargetError
from lambda_image_lint.settings import Settings

SCHEMES = ("docker", "docker-archive", "oci", "oci-archive", "registry")

_FILE_ENDINGS = (
    ".tar",
    ".tgz",
    ".gz",
    ".yaml",
    ".yml",
    ".json",
    ".toml",
    ".dockerfile",
    ".containerfile",
    ".tf",
    ".template",
)
_ARCHIVE_ENDINGS = (".tar", ".tgz", ".tar.gz", ".tar.zst")
"""What is named so and is no archive is told as a broken one, not as a Dockerfile."""
_ARCHIVE_MAGIC = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ")

SettingsFor = Callable[[Path | None], Settings]


class Opened(Struct, frozen=True):
    """One thing to lint."""

    name: str
    """As given; ``<stdin>`` for ``-``."""
    kind: str
    """``dockerfile`` or ``image``."""
    settings: Settings
    path: Path | None = None
    """The Dockerfile's own path; None for standard input and images."""
    source: bytes | None = None
    """The Dockerfile's bytes."""
    found_by_search: bool = False
    word: str = ""
    """What to open as an image."""
    stream: BinaryIO | None = None
    """The archive on standard input."""


def expand(words: Sequence[str], settings_for: SettingsFor) -> Iterator[tuple[str, Opened | TargetError]]:
    """(word, what it stands for), each Dockerfile once; an error for a word that stands for nothing: the others still come."""
    seen: set[Path] = set()
    for word in words or ["."]:
        try:
            for opened in _expand(word, settings_for):
                key = opened.path.resolve() if opened.path else None
                if key is None or key not in seen:
                    yield word, opened
                if key is not None:
                    seen.add(key)
        except TargetError as error:
            yield word, error


def _expand(word: str, settings_for: SettingsFor) -> Iterator[Opened]:
    if word == "-":
        yield _standard_input(settings_for)
        return
    scheme, colon, _ = word.partition(":")
    if colon and scheme in SCHEMES:
        yield Opened(word, "image", settings_for(None), word=word)
        return
    path = Path(word)
    if path.is_dir():
        if (path / "oci-layout").exists():
            yield Opened(word, "image", settings_for(path), word=f"oci:{word}")
            return
        found = False
        for file in search(path):
            found = True
            yield _dockerfile(file, settings_for, found_by_search=True)
        if not found:
            raise NothingToLint(
                f"no Dockerfile under {word}",
                "Names looked for: Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile*, not ignored by .gitignore; "
                "any other file can be named on the command line",
            )
    elif path.exists():
        yield from _file(word, path, settings_for)
    elif word.startswith((".", "/", "~")) or word.lower().endswith(_FILE_ENDINGS) or not word.strip():
        raise TargetError("no such file or folder", "Correct the path; an image is named as docker:REF or registry:REF")
    else:
        yield Opened(word, "image", settings_for(None), word=word)


def _file(word: str, path: Path, settings_for: SettingsFor) -> Iterator[Opened]:
    if not path.is_file():
        raise TargetError(f"{word} is neither a regular file nor a folder", "Use - for standard input")
    if _is_archive(_read(path, 512)) or path.name.lower().endswith(_ARCHIVE_ENDINGS):
        yield Opened(word, "image", settings_for(path), word=word)
        return
    opened = _dockerfile(path, settings_for, name=word)
    if is_dockerfile_name(path.name) or _has_from(opened.source or b""):
        yield opened
        return
    copying = tuple(_copying(path, settings_for))
    if not copying and not _is_source(path):
        yield opened
        return
    if not copying:
        raise NothingToLint(f"no Dockerfile copies {word}", "Name the Dockerfile, or a folder to search")
    yield from copying


def _is_source(path: Path) -> bool:
    """Whether its name says that it is something else than a Dockerfile: it has an ending."""
    return bool(path.suffix) and path.suffix.lower() not in (".dockerfile", ".containerfile")


def _has_from(source: bytes) -> bool:
    from lambda_image_lint.dockerfile import parse

    return bool(parse(source).stages)


def _copying(path: Path, settings_for: SettingsFor) -> Iterator[Opened]:
    """The Dockerfiles, upward to the repository's root, whose build copies this file."""
    from lambda_image_lint.dockerfile import parse
    from lambda_image_lint.dockerfile.copies import copies

    absolute = path.resolve()
    for folder in absolute.parents:
        for file in sorted(one for one in folder.iterdir() if is_dockerfile_name(one.name) and one.is_file()):
            shown = os.path.relpath(file) if not path.is_absolute() else str(file)
            opened = _dockerfile(Path(shown), settings_for, found_by_search=True)
            context = opened.settings.path("context") or file.parent
            if copies(parse(opened.source or b""), file, context, absolute):
                yield opened
        if (folder / ".git").exists():
            return


def _dockerfile(
    path: Path, settings_for: SettingsFor, *, name: str | None = None, found_by_search: bool = False
) -> Opened:
    return Opened(
        name or path.as_posix(),
        "dockerfile",
        settings_for(path),
        path=path,
        source=_read(path),
        found_by_search=found_by_search,
    )


def _read(path: Path, size: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise TargetError(f"cannot read {path}: {error.strerror}", "Check the path and its permissions") from error


def _is_archive(head: bytes) -> bool:
    return head.startswith(_ARCHIVE_MAGIC) or head[257:262] == b"ustar"


def _standard_input(settings_for: SettingsFor) -> Opened:
    if sys.stdin.isatty():
        raise TargetError(
            "standard input is a terminal", "Pipe a Dockerfile or an archive: docker save app:1 | lint-image -"
        )
    stream = sys.stdin.buffer
    # Standard input is a BufferedReader; a test may stand in a plain stream, which cannot look ahead.
    if isinstance(stream, io.BufferedReader) and _is_archive(stream.peek(512)[:512]):
        return Opened("<stdin>", "image", settings_for(None), word="-", stream=stream)
    return Opened("<stdin>", "dockerfile", settings_for(None), source=stream.read())
