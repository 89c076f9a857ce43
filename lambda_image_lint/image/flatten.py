"""Lays the layers over each other, as an unpacker does that writes them one after the other into one root.

Every entry is taken with lstat semantics: what it names is replaced, never followed. Its parents are followed, inside
the root only. Whiteouts hide what the layers below have, wherever in their own layer they stand. Hard links share an
inode, so that a name which is overwritten above leaves the others as they are.
"""

from collections.abc import Sequence

from msgspec import Struct, field

from lambda_image_lint.image import index as columns
from lambda_image_lint.image.folders import IMPLICIT, Folders, children_of, implicit_directory
from lambda_image_lint.image.index import Anomalies, LayerIndex
from lambda_image_lint.image.layers import Cause, Oddity
from lambda_image_lint.image.tree import FileTree, Inode, NodeKind
from lambda_image_lint.image.waste import Ledger

_NODE_KINDS = {
    columns.FILE: NodeKind.FILE,
    columns.DIRECTORY: NodeKind.DIRECTORY,
    columns.SYMLINK: NodeKind.SYMLINK,
    columns.CHARACTER_DEVICE: NodeKind.CHARACTER_DEVICE,
    columns.BLOCK_DEVICE: NodeKind.BLOCK_DEVICE,
    columns.FIFO: NodeKind.FIFO,
}


class Flattened(Struct):
    """The final tree, and what laying the layers over each other has shown."""

    tree: FileTree
    ledger: Ledger
    files: int = 0
    """Names of regular files in the final tree."""
    anomalies: list[Anomalies] = field(default_factory=list)
    """Of each layer: those that show only against the layers below."""


def flatten(indexes: Sequence[LayerIndex]) -> Flattened:
    """Build the tree. Nothing in the layers can make it fail; what has no place in the tree is dead payload."""
    builder = _Builder(indexes)
    for layer in range(len(indexes)):
        builder.lay(layer)
    return Flattened(FileTree(builder.root), builder.ledger, builder.files, builder.anomalies)


class _Builder:
    def __init__(self, indexes: Sequence[LayerIndex]) -> None:
        self._indexes = indexes
        self.root = implicit_directory()
        # The root is there before the first entry: no image needs an entry for it.
        self.root.layer = 0
        self.ledger = Ledger()
        self.files = 0
        self.anomalies: list[Anomalies] = []
        self._layer = 0
        self._index = LayerIndex()
        self._folders = Folders(self.root, self._note, self._kill)
        self._linked: dict[tuple[int, str], dict[str, Inode]] = {}
        """Names that this layer has given to files of the layers below: identity of the table that holds one, and it → table."""

    def lay(self, layer: int) -> None:
        """All entries of a layer, in tar order."""
        self._layer, self._index = layer, self._indexes[layer]
        self._folders.enter(self._index)
        self._linked.clear()
        self.anomalies.append(Anomalies())
        index = self._index
        folders, stored, xattrs = self._folders, index.stored, index.xattrs
        found = folders.found
        file, kind_of_file = columns.FILE, NodeKind.FILE
        rows = zip(
            index.kinds,
            index.folder,
            index.names,
            index.meta,
            index.sizes,
            index.mtimes,
            index.fingerprints,
            strict=True,
        )
        for row, (kind, folder, name, meta, size, mtime, fingerprint) in enumerate(rows):
            # What nearly all entries are, without a further look: a new file of a plain folder that has just been found.
            place = found.get(folder) or folders.beside(folder) if kind == file else None
            if place is not None and place[1] is None and place[0].layer != IMPLICIT:
                siblings = place[0].children
                if siblings is not None and name not in siblings and row not in stored and row not in xattrs:
                    mode, uid, gid = index.metas[meta]
                    siblings[name] = Inode(
                        kind_of_file, mode, uid, gid, size, mtime, layer, row, 1, None, None, fingerprint
                    )
                    self.files += 1
                    continue
            if kind == columns.WHITEOUT or kind == columns.OPAQUE:
                self._hide(row, kind)
            else:
                self._place(row, kind)

    def _note(self, kind: Oddity, row: int, detail: str = "") -> None:
        self.anomalies[-1].add(kind, self._index.path(row), detail)

    # Placing an entry

    def _place(self, row: int, kind: int) -> None:
        index = self._index
        name = index.names[row]
        if not name:
            self._describe(self.root, row) if kind == columns.DIRECTORY else self._lose(row)
            return
        parent = self._folders.parent(row)
        inode = self._target(row) if kind == columns.HARD_LINK else self._inode(row, kind)
        if parent is None or inode is None:
            self._lose(row)
            return
        siblings = children_of(parent)
        existing = siblings.get(name)
        if kind == columns.HARD_LINK and inode.layer != self._layer:
            self._linked[id(siblings), name] = siblings
            self._note(Oddity.HARD_LINK_TO_LOWER_LAYER, row, f"/{index.links[row]}")
        if existing is inode:
            return
        if existing is not None:
            if kind == columns.DIRECTORY and existing.kind is NodeKind.DIRECTORY:
                self._describe(existing, row)
                return
            self._replace(existing, inode, row)
        if kind == columns.HARD_LINK:
            inode.names += 1
        if inode.kind is NodeKind.FILE:
            self.files += 1
        siblings[name] = inode

    def _inode(self, row: int, kind: int) -> Inode:
        index = self._index
        mode, uid, gid = index.metas[index.meta[row]]
        inode = Inode(_NODE_KINDS[kind], mode, uid, gid, index.sizes[row], index.mtimes[row], self._layer, row)
        if kind == columns.FILE:
            if row not in index.stored:
                inode.fingerprint = index.fingerprints[row]
        elif kind == columns.DIRECTORY:
            inode.children = {}
        elif kind == columns.SYMLINK:
            inode.link = index.links[row]
        elif row in index.devices:
            inode.device = index.devices[row]
        if row in index.xattrs:
            inode.xattrs = index.xattrs[row]
        return inode

    def _describe(self, directory: Inode, row: int) -> None:
        """A directory that is there gets the metadata of its newest entry and keeps its children."""
        index = self._index
        directory.mode, directory.uid, directory.gid = index.metas[index.meta[row]]
        directory.mtime = index.mtimes[row]
        directory.xattrs = index.xattrs.get(row)
        directory.layer, directory.entry = self._layer, row

    def _target(self, row: int) -> Inode | None:
        """What a hard link links to: its parents followed, itself not."""
        folder, _, name = self._index.links[row].rpartition("/")
        parent = FileTree(self.root).find("/" + folder)
        inode = parent.inode.children.get(name) if parent is not None and parent.inode.children is not None else None
        if inode is None or inode.kind is NodeKind.DIRECTORY:
            self._note(Oddity.HARD_LINK_TARGET_MISSING, row, f"/{self._index.links[row]}")
            return None
        return inode

    def _replace(self, old: Inode, new: Inode, row: int) -> None:
        if old.layer == self._layer and old.kind is not NodeKind.DIRECTORY:
            self._note(Oddity.DUPLICATE, row)
        cause = Cause.REPLACED_BY_OTHER_TYPE
        if old.kind is new.kind is NodeKind.FILE:
            same = old.fingerprint is not None and (old.fingerprint, old.size) == (new.fingerprint, new.size)
            cause = Cause.OVERWRITTEN_IDENTICAL if same else Cause.OVERWRITTEN_DIFFERENT
        self._kill(old, cause, self._index.path(row))

    def _lose(self, row: int) -> None:
        payload = self._index.payload(row)
        if payload:
            self.ledger.add(Cause.UNREACHABLE, self._layer, self._layer, payload, lambda: self._index.path(row))

    # Taking away

    def _kill(self, inode: Inode, cause: Cause, path: str) -> None:
        """A name goes out of sight, with all that is below it."""
        waiting = [(inode, path)]
        while waiting:
            inode, path = waiting.pop()
            if inode.children is not None or inode.link is not None:
                self._folders.forget()
            if inode.children:
                waiting.extend((child, f"{path}/{name}") for name, child in inode.children.items())
            elif inode.kind is NodeKind.FILE:
                self._kill_file(inode, cause, path)

    def _kill_file(self, inode: Inode, cause: Cause, path: str) -> None:
        self.files -= 1
        inode.names -= 1
        payload = self._indexes[inode.layer].payload(inode.entry)
        if inode.names == 0 and payload:
            self.ledger.add(cause, inode.layer, self._layer, payload, lambda: path)

    def _hide(self, row: int, kind: int) -> None:
        """A whiteout or an opaque mark: hides what the layers below have at its path, and nothing of its own layer."""
        path = self._index.path(row)
        folder = FileTree(self.root).find("/" + self._index.folders[self._index.folder[row]])
        siblings = folder.inode.children if folder is not None else None
        if kind == columns.OPAQUE:
            target = FileTree(self.root).find(path)
            if target is not None and target.inode.children is not None:
                self._hide_lower(target.inode.children, list(target.inode.children), Cause.OPAQUE, path)
            return
        name = self._index.names[row]
        if siblings is None or name not in siblings:
            self._note(Oddity.DANGLING_WHITEOUT, row)
            return
        cause = Cause.DELETED_FILE if siblings[name].children is None else Cause.DELETED_DIRECTORY
        self._hide_lower(siblings, [name], cause, path.rpartition("/")[0])

    def _hide_lower(self, siblings: dict[str, Inode], names: list[str], cause: Cause, base: str) -> None:
        """Hide what is of the layers below; a directory that this layer has put something into stays, bare."""
        base = base.rstrip("/")
        waiting = [(siblings, name, f"{base}/{name}") for name in names]
        parents_first = []
        while waiting:
            siblings, name, path = waiting.pop()
            parents_first.append((siblings, name, path))
            if children := siblings[name].children:
                waiting.extend((children, child, f"{path}/{child}") for child in children)
        for siblings, name, path in reversed(parents_first):
            inode = siblings[name]
            if inode.layer == self._layer or (id(siblings), name) in self._linked:
                continue
            if inode.children:
                inode.layer, inode.mode, inode.uid, inode.gid = IMPLICIT, 0o755, 0, 0
                continue
            self._kill(inode, cause, path)
            del siblings[name]
