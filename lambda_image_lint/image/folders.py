"""The folders that a layer's entries go to, found in the tree of the layers below, and made where no entry did."""

from collections.abc import Callable

from lambda_image_lint.image.index import LayerIndex
from lambda_image_lint.image.layers import Cause, Oddity
from lambda_image_lint.image.tree import SYMLINKS_MAX, Inode, NodeKind

IMPLICIT = -1
"""Layer of a directory that no entry made."""


def implicit_directory() -> Inode:
    """A directory that no entry made, as unpackers make it."""
    return Inode(NodeKind.DIRECTORY, 0o755, 0, 0, 0, 0, IMPLICIT, 0, children={})


def children_of(directory: Inode) -> dict[str, Inode]:
    """What is in a directory, by name."""
    assert directory.children is not None, "only directories are parents"
    return directory.children


class Folders:
    """The folders of one layer after the other. What was found is remembered until something on the way may be gone.

    `note` is told what is odd about an entry: its kind, the row, a detail. `kill` takes away what stands in a folder's
    place: the inode, why, its path.
    """

    def __init__(
        self, root: Inode, note: Callable[[Oddity, int, str], None], kill: Callable[[Inode, Cause, str], None]
    ) -> None:
        self._root = root
        self._note = note
        self._kill = kill
        self._index = LayerIndex()
        self.found: dict[int, tuple[Inode, str | None]] = {}
        """Row of the layer's folders → its inode, and the symlink on the way to it."""
        self._plain: dict[str, Inode] = {}
        """Those without a symlink on the way, by path."""

    def enter(self, index: LayerIndex) -> None:
        """Turn to the folders of the next layer."""
        self._index = index
        self.forget()

    def forget(self) -> None:
        """Look anew for where folders are."""
        self.found.clear()
        self._plain.clear()
        self._plain[""] = self._root

    def parent(self, row: int) -> Inode | None:
        """The directory that an entry goes to, made where it is not there; None where symlinks loop on the way."""
        number = self._index.folder[row]
        found = self.found.get(number) or self.beside(number)
        if found is None:
            followed: list[str] = []
            inode = self._walk(self._index.folders[number], row, followed)
            if inode is None:
                self._note(Oddity.PARENT_LOOPS, row, followed[0])
                return None
            found = self.found[number] = (inode, followed[0] if followed else None)
            if not followed:
                self._plain[self._index.folders[number]] = inode
        inode, symlink = found
        if inode.layer == IMPLICIT:
            self._note(Oddity.MISSING_PARENT, row, f"/{self._index.folders[number]}")
        if symlink is not None:
            self._note(Oddity.PARENT_IS_SYMLINK, row, symlink)
        return inode

    def beside(self, number: int) -> tuple[Inode, None] | None:
        """A directory whose own parent has been found already, as most are; None for what needs the long way."""
        path = self._index.folders[number]
        above, _, name = path.rpartition("/")
        parent = self._plain.get(above)
        inode = parent.children.get(name) if parent is not None and parent.children is not None else None
        if inode is None or inode.children is None:
            return None
        self._plain[path] = inode
        found = self.found[number] = (inode, None)
        return found

    def _walk(self, path: str, row: int, followed: list[str]) -> Inode | None:
        names = self._resolve(path, followed)
        if names is None:
            return None
        inode = self._root
        for length, name in enumerate(names, 1):
            child = children_of(inode).get(name)
            if child is None or child.children is None:
                child = self._make(inode, name, child, row, "/" + "/".join(names[:length]))
            inode = child
        return inode

    def _resolve(self, path: str, followed: list[str]) -> list[str] | None:
        """The parts of a folder's path once its symlinks are followed; None where they loop.

        As unpackers do it, what is not there, or is no directory, is taken as a directory: ``gone/..`` leads back.
        """
        waiting = path.split("/")[::-1] if path else []
        above: list[Inode | None] = [self._root]
        names: list[str] = []
        while waiting:
            part = waiting.pop()
            if part == "..":
                if names:
                    names.pop()
                    above.pop()
                continue
            parent = above[-1]
            inode = parent.children.get(part) if parent is not None and parent.children is not None else None
            if inode is not None and inode.link is not None:
                followed.append("/" + "/".join([*names, part]))
                if len(followed) > SYMLINKS_MAX:
                    return None
                if inode.link.startswith("/"):
                    del above[1:], names[:]
                waiting.extend(step for step in reversed(inode.link.split("/")) if step not in ("", "."))
                continue
            names.append(part)
            above.append(inode)
        return names

    def _make(self, parent: Inode, name: str, instead_of: Inode | None, row: int, path: str) -> Inode:
        if instead_of is not None:
            self._note(Oddity.PARENT_NOT_DIRECTORY, row, path)
            self._kill(instead_of, Cause.REPLACED_BY_OTHER_TYPE, path)
        inode = implicit_directory()
        children_of(parent)[name] = inode
        return inode
