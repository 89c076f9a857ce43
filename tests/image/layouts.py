"""Writes what a memory source gives as an OCI layout, for programs that are not ours."""

import hashlib
import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

from lambda_image_lint.image.descriptor import OCI_MANIFEST
from lambda_image_lint.image.sources.memory import MemorySource
from lambda_image_lint.image.tree import FileTree, NodeKind

KINDS = {
    stat.S_IFREG: NodeKind.FILE,
    stat.S_IFDIR: NodeKind.DIRECTORY,
    stat.S_IFLNK: NodeKind.SYMLINK,
    stat.S_IFCHR: NodeKind.CHARACTER_DEVICE,
    stat.S_IFBLK: NodeKind.BLOCK_DEVICE,
    stat.S_IFIFO: NodeKind.FIFO,
}

Row = tuple[NodeKind, int, int, int, int, str | None, tuple[str, ...]]
"""Kind, mode, uid, gid, size, link, and all names of the inode."""


def write_layout(source: MemorySource, folder: Path, tag: str = "image") -> None:
    """An OCI layout with one image."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    raw = source.manifest()
    assert raw is not None
    datas = [raw.raw, source.config(None), *(blob.data for blob in source.layers(()))]
    for data in datas:
        assert data is not None
        (blobs / hashlib.sha256(data).hexdigest()).write_bytes(data)
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    entry = {
        "mediaType": OCI_MANIFEST,
        "digest": "sha256:" + hashlib.sha256(raw.raw).hexdigest(),
        "size": len(raw.raw),
        "annotations": {"org.opencontainers.image.ref.name": tag},
    }
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


def unpack_with_umoci(program: str, recipe: dict[str, Any], folder: Path) -> dict[str, Row]:
    """What umoci makes of an image, path by path."""
    write_layout(MemorySource(recipe), folder / "layout")
    rootfs = folder / "rootfs"
    command = [program, "raw", "unpack", "--image", f"{folder / 'layout'}:image", str(rootfs)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return rows_on_disk(rootfs)


def rows_on_disk(rootfs: Path) -> dict[str, Row]:
    """All that lies below a folder."""
    found = {}
    names: dict[int, list[str]] = {}
    for parent, folders, files in os.walk(rootfs):
        for name in [*folders, *files]:
            path = Path(parent) / name
            status = path.lstat()
            shown = "/" + str(path.relative_to(rootfs))
            kind = KINDS[stat.S_IFMT(status.st_mode)]
            if kind is not NodeKind.DIRECTORY:
                names.setdefault(status.st_ino, []).append(shown)
            found[shown] = (
                kind,
                0 if kind is NodeKind.SYMLINK else stat.S_IMODE(status.st_mode),
                status.st_uid,
                status.st_gid,
                status.st_size if kind is NodeKind.FILE else 0,
                os.readlink(path) if kind is NodeKind.SYMLINK else None,
                status.st_ino,
            )
    return {path: (*row[:6], tuple(sorted(names.get(row[6], [path])))) for path, row in found.items()}


def rows_of_tree(tree: FileTree) -> dict[str, Row]:
    """The same of our tree."""
    names: dict[int, list[str]] = {}
    for node in tree.walk():
        if not node.is_directory:
            names.setdefault(id(node.inode), []).append(node.path)
    return {
        node.path: (
            node.kind,
            0 if node.is_symlink else node.mode,
            node.uid,
            node.gid,
            node.size,
            node.link,
            tuple(sorted(names.get(id(node.inode), [node.path]))),
        )
        for node in tree.walk()
    }
