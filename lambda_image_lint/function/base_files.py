"""The file system that a stage begins with."""

from lambda_image_lint import knowledge
from lambda_image_lint.answer import Unknown
from lambda_image_lint.finding import Place
from lambda_image_lint.function.known import KnownFile, unknown_content
from lambda_image_lint.function.model import Kind, Packaged
from lambda_image_lint.function.overlay import FileSystem

_STICKY = 0o1777
_PRIVATE = 0o700


def empty_file_system(place: Place) -> FileSystem:
    """That of ``FROM scratch``: a root, and nothing in it."""
    files = FileSystem(None)
    files.put(KnownFile("/", Kind.DIRECTORY, 0o755, 0, 0, 0, place))
    return files


def base_file_system(reference: str, place: Place) -> FileSystem:
    """That of an image, as far as the tables know it; `place` is the FROM, or the COPY that takes from it."""
    known = knowledge.base_files(reference)
    if known is None:
        return _unknown_image(reference, place)
    # A base that everybody uses holds programs and packages, never this function's own code.
    unknown = Packaged(f"the base image {reference} may hold it", place, packages=())
    files = empty_file_system(place)
    for name in known.top_level:
        files.blur(f"/{name}", unknown)
    for path in known.empty:
        files.remove(path)
    for path in known.directories:
        mode = _PRIVATE if path in known.private else _STICKY if path == "/tmp" else 0o755
        files.put(KnownFile(path, Kind.DIRECTORY, mode, 0, 0, 0, place))
    for path in known.programs:
        files.put(KnownFile(path, Kind.FILE, 0o755, 0, 0, unknown, place, unknown_content(unknown)))
    return files


def _unknown_image(reference: str, place: Place) -> FileSystem:
    files = FileSystem(Unknown(f"the base image {reference} may hold it", place))
    files.put(KnownFile("/", Kind.DIRECTORY, 0o755, 0, 0, 0, place))
    for path, mode in knowledge.image_programs(reference).items():
        unknown = Unknown(f"the content of {reference} is not known", place)
        reader = unknown_content(unknown)
        files.put(KnownFile(path, Kind.FILE, mode, 0, 0, unknown, place, reader, origin=reference))
    return files
