"""Where images come from: a word of the command line becomes a `Source`.

Nothing heavy is loaded here: the Docker SDK and the registry client are imported by the source that needs them.
"""

import os
import re
import stat
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.source import Source
from lambda_image_lint.image.sources.limits import Limits

SCHEMES = ("docker", "docker-archive", "oci", "oci-archive", "registry")
_LOOKS_LIKE_A_FILE = re.compile(
    r"[./~\\]|.*\.(?:tar|tgz|tar\.\w+|zip|ya?ml|json|toml|dockerfile|containerfile)$", re.IGNORECASE
)


def open_source(
    word: str,
    *,
    offline: bool = False,
    insecure_registries: Collection[str] = (),
    limits: Limits | None = None,
    stream: BinaryIO | None = None,
) -> Source:
    """The source that a word names.

    ``docker:REF``, ``docker-archive:FILE[:TAG]``, ``oci:DIR[:TAG]``, ``oci-archive:FILE[:TAG]``, ``registry:REF``;
    ``-`` for an archive on `stream` (standard input by default); a file, told by its content; a folder with an OCI
    layout; any other word is a reference, asked of the local daemon first and then of its registry. `answered_by` of
    the source says which it was.

    Raises `SourceError`, also when a source that is opened lazily is asked later. `offline` forbids to ask a registry.
    """
    limits = limits or Limits()
    scheme, colon, rest = word.partition(":")
    if colon and scheme in SCHEMES:
        return _of_scheme(scheme, rest, word, offline, insecure_registries, limits)
    if word == "-":
        return _standard_input(stream)
    # os.path, and not Path: a word too long for any file is no file, and no error.
    if os.path.isdir(word):
        return _layout(word, word)
    if os.path.exists(word):
        return _archive(word, word, None)
    if _LOOKS_LIKE_A_FILE.match(word):
        raise SourceError(f"there is no file {word}", "Check the path, or name an image as docker:REF or registry:REF")
    return _reference(word, offline, insecure_registries, limits)


def is_layout(folder: Path) -> bool:
    """Whether a folder holds an OCI image layout."""
    return (folder / "oci-layout").is_file()


def _of_scheme(
    scheme: str, rest: str, word: str, offline: bool, insecure_registries: Collection[str], limits: Limits
) -> Source:
    if not rest:
        raise SourceError(f"nothing follows {scheme}:", "Name an image after it, such as docker:app:1 or oci:build/app")
    if scheme == "docker":
        return _daemon(word, rest)
    if scheme == "oci":
        return _layout(word, rest)
    if scheme == "registry":
        return _registry(word, rest, offline, insecure_registries, limits)
    return _archive(word, rest, scheme.removesuffix("-archive"))


def _split_tag(text: str) -> tuple[Path, str | None]:
    """``PATH[:TAG]``, where both may hold colons: the path is the shortest beginning that is there."""
    for colon in re.finditer(":", text):
        if os.path.exists(text[: colon.start()]):
            return Path(text[: colon.start()]), text[colon.end() :]
    if os.path.exists(text):
        return Path(text), None
    raise SourceError(f"there is no file or folder {text}", "Check the path")


def _layout(name: str, text: str) -> Source:
    from lambda_image_lint.image.sources.layout import LayoutSource

    folder, tag = _split_tag(text)
    if not (folder / "index.json").is_file():
        raise SourceError(
            f"{folder} is no OCI layout: it has no index.json", "Name a folder with oci-layout and index.json"
        )
    return LayoutSource(name, folder, tag)


def _archive(name: str, text: str, dialect: str | None) -> Source:
    from lambda_image_lint.image.sources.archive import ArchiveStream, open_archive, open_file

    path, tag = (Path(text), None) if dialect is None else _split_tag(text)
    if path.is_dir():
        raise SourceError(f"{path} is a folder, not an archive", f"Name a layout as oci:{path}")
    if not stat.S_ISREG(path.stat().st_mode):  # a named pipe, as the shell's <(…) makes one
        return ArchiveStream(name, f"image archive {path}", open_file(path), tag, dialect)
    return open_archive(name, path, tag, dialect)


def _standard_input(stream: BinaryIO | None) -> Source:
    import sys

    from lambda_image_lint.image.sources.archive import ArchiveStream

    return ArchiveStream("-", "standard input", stream or sys.stdin.buffer, None, None, closes=False)


def _daemon(name: str, reference: str) -> Source:
    from lambda_image_lint.image.sources.daemon import open_daemon

    return open_daemon(name, reference)


def _registry(name: str, text: str, offline: bool, insecure_registries: Collection[str], limits: Limits) -> Source:
    from lambda_image_lint.image.reference import Reference

    reference = Reference.parse(text)
    if offline:
        raise SourceError(
            f"{name} needs the registry {reference.registry}, and --offline forbids to ask it",
            "Leave --offline out, or name an archive, an OCI layout or an image of the local daemon",
        )
    from lambda_image_lint.image.sources.registry import RegistrySource

    return RegistrySource(name, reference, insecure_registries=insecure_registries, limits=limits)


def _reference(word: str, offline: bool, insecure_registries: Collection[str], limits: Limits) -> Source:
    """A bare reference: the local daemon, then the registry. What neither has says why each did not give it."""
    from lambda_image_lint.image.reference import Reference, is_image_id
    from lambda_image_lint.image.sources.daemon import DaemonAbsent, NotInDaemon

    reference = None if is_image_id(word) else Reference.parse(word)
    try:
        return _daemon(word, word)
    except (DaemonAbsent, NotInDaemon) as error:
        in_daemon = error
    if reference is None:
        raise in_daemon
    if offline:
        raise SourceError(
            f"{in_daemon.message}; --offline forbids to ask {reference.registry}",
            "Build or pull the image, leave --offline out, or name an archive or an OCI layout",
        ) from in_daemon
    try:
        source = _registry(word, word, offline, insecure_registries, limits)
        source.manifest()
    except SourceError as error:
        raise SourceError(f"{in_daemon.message}; {error.message}", error.help or in_daemon.help) from error
    return source
