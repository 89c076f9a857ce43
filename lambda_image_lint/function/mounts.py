"""``RUN --mount``: what is there while the command runs, and gone or as it was when it has."""

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import ContextFile
from lambda_image_lint.dockerfile.model import Instruction
from lambda_image_lint.function.building import Building
from lambda_image_lint.function.known import KnownFile
from lambda_image_lint.function.overlay import FileSystem
from lambda_image_lint.function.trees import ContextTree, FolderTree, from_context, is_directory, unchanged
from lambda_image_lint.function.walk import Link

_TARGETS = ("target", "dst", "destination")
_SOURCES = ("source", "src")


class _Mount(Struct, frozen=True):
    target: str
    kind: str
    """``bind``, ``cache``, ``tmpfs``, ``secret``, ``ssh``."""
    source: str
    origin: str | None
    """Of ``from``: a stage or an image; None: the build context."""


@contextmanager
def mounted(building: Building, instruction: Instruction) -> Iterator[None]:
    """Meanwhile the mounts of a RUN are there; what is written into them leaves no trace."""
    mounts = list(_mounts(building, instruction))
    before = building.files.fork() if mounts else building.files
    for mount in mounts:
        _bring(building, instruction, mount)
    yield
    for mount in mounts:
        _restore(building.files, before, mount.target, instruction)


def _mounts(building: Building, instruction: Instruction) -> Iterator[_Mount]:
    for flag in instruction.flags:
        if flag.name != "mount" or not flag.value:
            continue
        pairs = [pair.partition("=") for pair in flag.value.split(",")]
        values = {name: value.strip("\"'") for name, _, value in pairs}
        written = next((values[name] for name in _TARGETS if name in values), None)
        if written is None:
            continue
        expanded = building.expand(written, instruction)
        target = expanded if isinstance(expanded, Unknown) else building.absolute(expanded)
        if isinstance(target, str):
            source = next((values[name] for name in _SOURCES if name in values), "")
            yield _Mount(target, values.get("type", "bind"), source, values.get("from"))


def _bring(building: Building, instruction: Instruction, mount: _Mount) -> None:
    unknown = Unknown(f"it is mounted while {instruction.keyword} runs", instruction.place)
    files = building.files
    context = building.source.context
    found = context.find(mount.source) if mount.kind == "bind" and mount.origin is None else unknown
    if isinstance(found, ContextFile) and found.is_dir:
        tree = ContextTree(context, found.path, instruction.place, unchanged, lambda path: False)
        files.mount(files.resolve(mount.target), tree, instruction.place)
    elif isinstance(found, ContextFile):
        files.put(from_context(found, files.resolve(mount.target), instruction.place, unchanged))
    else:
        files.blur(files.resolve(mount.target), unknown)


def _restore(files: FileSystem, before: FileSystem, target: str, instruction: Instruction) -> None:
    path = before.resolve(target)
    entry = before.entry(path)
    files.remove(path)
    if isinstance(entry, Unknown):
        files.blur(path, entry)
    elif is_directory(entry):
        files.mount(path, FolderTree(before, path, instruction.place, unchanged), instruction.place)
    elif isinstance(entry, KnownFile | Link):
        files.put(entry)
