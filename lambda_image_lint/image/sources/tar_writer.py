"""Writes a layer's tar from a recipe: what is asked for, odd or not, in the order that is asked for.

Names and numbers go through Python's tarfile, which shares nothing with our own reader.
"""

import base64
import io
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

from lambda_image_lint.errors import UsageError

_TYPES = {
    "file": tarfile.REGTYPE,
    "directory": tarfile.DIRTYPE,
    "symlink": tarfile.SYMTYPE,
    "hard-link": tarfile.LNKTYPE,
    "character-device": tarfile.CHRTYPE,
    "block-device": tarfile.BLKTYPE,
    "fifo": tarfile.FIFOTYPE,
}
_KEYS = frozenset(
    {"kind", "content", "base64", "size", "mode", "uid", "gid", "mtime", "link", "hard_link", "device", "xattrs"}
)
_ZEROS = bytes(64 * 1024)


def write_tar(layer: Mapping[str, Any], parents_below: frozenset[str]) -> bytes:
    """The layer's tar. `parents_below` are directories of the layers below: they get no entry of their own."""
    out = io.BytesIO()
    known = {"/"} | set(parents_below)
    wants_parents = layer.get("parents", True)
    for folder in layer.get("opaque", ()):
        _write(out, f"{folder.strip('/')}/.wh..wh..opq".lstrip("/"), {})
    for path in layer.get("whiteouts", ()):
        folder, _, name = path.strip("/").rpartition("/")
        _write(out, f"{folder}/.wh.{name}".lstrip("/"), {})
    for path, file in layer.get("files", {}).items():
        for parent in missing_parents(path, known) if wants_parents else ():
            _write(out, parent.lstrip("/") + "/", {})
            known.add(parent)
        _write(out, path.lstrip("/"), _table(file))
        # A symlink too stands for the directory that it leads to.
        known.add(path.rstrip("/"))
    for entry in layer.get("entries", ()):
        _write(out, entry["name"], {key: value for key, value in entry.items() if key != "name"})
    out.write(bytes(2 * tarfile.BLOCKSIZE))
    return out.getvalue()


def missing_parents(path: str, known: set[str] | frozenset[str]) -> Iterator[str]:
    """The parents of a path that are not among the known ones, the highest first."""
    parts = path.strip("/").split("/")[:-1]
    for length in range(1, len(parts) + 1):
        parent = "/" + "/".join(parts[:length])
        if parent not in known:
            yield parent


def _table(file: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return {"content": file} if isinstance(file, str) else file


def _write(out: io.BytesIO, name: str, file: Mapping[str, Any]) -> None:
    unknown = file.keys() - _KEYS
    if unknown:
        raise UsageError(
            f"{name}: a file of a recipe has no {', '.join(sorted(unknown))}", f"Use {', '.join(sorted(_KEYS))}"
        )
    info = tarfile.TarInfo(name.rstrip("/") or "./")
    info.type = _type(name, file)
    info.mode = _octal(file.get("mode", 0o755 if info.type == tarfile.DIRTYPE else 0o777 if "link" in file else 0o644))
    info.uid, info.gid, info.mtime = file.get("uid", 0), file.get("gid", 0), file.get("mtime", 0)
    info.linkname = file.get("link", file.get("hard_link", "")) if info.type != tarfile.LNKTYPE else _target(file)
    if "device" in file:
        info.devmajor, info.devminor = file["device"]
    info.pax_headers = {f"SCHILY.xattr.{key}": value for key, value in file.get("xattrs", {}).items()}
    content = base64.b64decode(file["base64"]) if "base64" in file else str(file.get("content", "")).encode()
    info.size = max(file.get("size", 0), len(content)) if info.type == tarfile.REGTYPE else 0
    out.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
    if info.size:
        out.write(content[: info.size])
        _write_zeros(out, info.size - len(content) + -info.size % tarfile.BLOCKSIZE)


def _target(file: Mapping[str, Any]) -> str:
    return str(file.get("hard_link", file.get("link", ""))).lstrip("/")


def _type(name: str, file: Mapping[str, Any]) -> bytes:
    kind = file.get("kind")
    if kind is None:
        kind = "symlink" if "link" in file else "hard-link" if "hard_link" in file else "file"
        kind = "directory" if name.endswith("/") else kind
    if kind not in _TYPES:
        raise UsageError(f"{name}: a recipe has no kind {kind!r}", f"Use {', '.join(_TYPES)}")
    return _TYPES[kind]


def _octal(mode: int | str) -> int:
    """``"0600"`` or TOML's ``0o600``."""
    return int(mode, 8) if isinstance(mode, str) else mode


def _write_zeros(out: io.BytesIO, count: int) -> None:
    while count > 0:
        out.write(_ZEROS[:count])
        count -= len(_ZEROS)
