"""Root file systems made of what this machine has: programs with the libraries they need, links, text."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.function_image import LIBRARIES


def skeleton(root: Path) -> Path:
    """The empty directories that every system has, with /bin and /lib inside /usr."""
    for directory in ("usr/bin", "usr/sbin", "usr/lib64", LIBRARIES, "etc", "tmp", "var/task"):
        (root / directory).mkdir(parents=True, exist_ok=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        link(root, f"/{name}", f"usr/{name}")
    text(root, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    (root / "tmp").chmod(0o1777)
    return root


def program(root: Path, name: str, path: str | None = None) -> None:
    """A program of this machine, and the libraries it needs."""
    found = shutil.which(name)
    if found is None:
        raise OSError(f"{name} is not installed")
    source = Path(found).resolve()
    copy(root, source, path or f"/usr/bin/{Path(name).name}")
    libraries(root, [source])


def copy(root: Path, source: Path, path: str) -> None:
    """A file or a whole folder of this machine at `path`; links inside a folder stay links."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


def libraries(root: Path, binaries: Iterable[Path]) -> None:
    """Everything that the loader maps for these files, the loader itself included."""
    for binary in binaries:
        listed = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, timeout=30, check=False).stdout
        for found in re.findall(r"(/\S+) \(0x", listed):
            library = Path(found)
            is_loader = library.name.startswith("ld-linux")
            folder = f"usr/{library.parent.name}" if is_loader else LIBRARIES
            target = root / folder / library.name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(library, target)


def text(root: Path, path: str, content: str, *, executable: bool = False) -> None:
    """A text file."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content)
    target.chmod(0o755 if executable else 0o644)


def link(root: Path, path: str, target: str) -> None:
    """A symbolic link at `path`."""
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def readable_by_all(root: Path) -> None:
    """Lambda's user is nobody in particular: what a strict umask took away is given back."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
