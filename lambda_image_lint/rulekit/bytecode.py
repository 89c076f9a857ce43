"""Python's compiled modules: which are there, and which the interpreter throws away."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.image.tree import FileTree, Node
from lambda_image_lint.patterns import lazy

ENOUGH = 4 * 1024 * 1024
"""Bytes of source: compiling them takes half a second on a whole core. Own measurement with the standard library of
Python 3.11, 0.13 s for each MiB."""
_FOLDERS = (
    "/var/task",
    "/opt/python",
    "/var/lang/lib/python3*/site-packages",
    "/usr/local/lib/python3*/site-packages",
    "/opt/venv/lib/python3*/site-packages",
)
"""Where functions import from."""
_NEVER_IMPORTED = lazy(r"/(pip|setuptools|wheel|pkg_resources|_distutils_hack|tests?)/")
"""Of these no function is slowed down."""
HEADER = 16
"""Bytes in front of a compiled module: magic, flags, and the source's time and size. Source: PEP 552."""
_BY_HASH = 1
"""A flag: a hash in place of time and size."""


class Folder(Struct, frozen=True):
    """A folder that modules are imported from, and those of them that are compiled at each start."""

    path: str
    sources: tuple[Node, ...]

    @property
    def bytes(self) -> int:
        return sum(source.size for source in self.sources)

    @property
    def largest(self) -> Node:
        return max(self.sources, key=lambda source: source.size)


def uncompiled(tree: FileTree) -> Iterator[Folder]:
    """Folders with sources that have no compiled form at all, and enough of them to be felt."""
    for path in _folders(tree):
        yield from _felt(path, (source for source in _sources(tree, path) if _compiled(tree, source) is None))


def stale(tree: FileTree, function: Function) -> Iterator[Folder]:
    """Folders with sources whose compiled form says another time or size than they have, and enough of them."""
    for path in _folders(tree):
        yield from _felt(path, (source for source in _sources(tree, path) if _is_stale(tree, function, source)))


def _folders(tree: FileTree) -> Iterator[str]:
    for pattern in _FOLDERS:
        nodes = tree.glob(pattern) if "*" in pattern else (node for node in [tree.find(pattern)] if node is not None)
        yield from (node.path for node in nodes if node.is_directory)


def _felt(path: str, sources: Iterator[Node]) -> Iterator[Folder]:
    folder = Folder(path, tuple(sources))
    if folder.bytes >= ENOUGH:
        yield folder


def _sources(tree: FileTree, folder: str) -> Iterator[Node]:
    for node in tree.under(folder):
        if node.is_file and node.path.endswith(".py") and not _NEVER_IMPORTED.search(node.path):
            yield node


def _compiled(tree: FileTree, source: Node) -> Node | None:
    folder, _, name = source.path.rpartition("/")
    prefix = f"{name.removesuffix('.py')}.cpython-"
    beside = tree.children(f"{folder}/__pycache__")
    # An optimised form, .opt-1.pyc, is not what an interpreter without -O looks for.
    return next((one for one in beside if one.name.startswith(prefix) and one.name.count(".") == 2), None)


def _is_stale(tree: FileTree, function: Function, source: Node) -> bool:
    compiled = _compiled(tree, source)
    found = function.files.find(compiled.path) if compiled is not None else None
    header = found.read(HEADER) if isinstance(found, File) else b""
    if isinstance(header, Unknown) or len(header) < HEADER:
        return False
    flags, written, size = (int.from_bytes(header[start : start + 4], "little") for start in (4, 8, 12))
    if flags & _BY_HASH:
        return False
    return (written, size) != (source.mtime & 0xFFFFFFFF, source.size & 0xFFFFFFFF)
