"""Build contexts for real images, made of what this machine has: nothing is pulled."""

import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

LIBRARIES = f"usr/lib/{sysconfig.get_config_var('MULTIARCH') or platform.machine() + '-linux-gnu'}"
PROGRAMS = (
    "cat",
    "chmod",
    "chown",
    "cp",
    "dash",
    "env",
    "ln",
    "ls",
    "mkdir",
    "mv",
    "rm",
    "rmdir",
    "sleep",
    "touch",
    "true",
)
RUNTIME_CLIENT_NEEDS = ("libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0")
"""What the compiled part of awslambdaric is linked to, beside libc itself."""
LEFT_OUT_OF_THE_LIBRARY = (
    *("__pycache__", "site-packages", "test", "tests", "idlelib", "lib2to3", "tkinter", "turtledemo", "ensurepip"),
    *("config-*", "pydoc_data", "_test*.so", "xxlimited*.so", "_tkinter*.so"),
)

BASE_DOCKERFILE = """\
FROM scratch
COPY root/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8
WORKDIR /var/task
"""

FUNCTION_DOCKERFILE = """\
FROM {base}
COPY packages/ /var/task/
COPY app.py /var/task/
ENTRYPOINT ["/usr/local/bin/python3", "-m", "awslambdaric"]
CMD ["app.lambda_handler"]
"""

FUNCTION_SOURCE = '''\
import json


def lambda_handler(event, context):
    """Give the event back."""
    return {"echo": event, "request": context.aws_request_id, "text": json.dumps(event)}
'''


def _needed_libraries(binaries: Iterable[Path]) -> Iterator[Path]:
    """Every library that the loader would map for these programs and libraries, the loader itself included."""
    for binary in binaries:
        listed = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, timeout=30, check=False).stdout
        for path in re.findall(r"(/\S+) \(0x", listed):
            yield Path(path)


def _copy_python(root: Path) -> list[Path]:
    """The interpreter and its standard library below ``/usr/local``; returns what was copied and needs libraries."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    interpreter = Path(sys.base_prefix, "bin", version)
    binaries = root / "usr/local/bin"
    binaries.mkdir(parents=True)
    shutil.copy(interpreter.resolve(), binaries / version)
    (binaries / "python3").symlink_to(version)
    library = root / "usr/local/lib" / version
    shutil.copytree(
        sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}),
        library,
        ignore=shutil.ignore_patterns(*LEFT_OUT_OF_THE_LIBRARY),
    )
    (library / "site-packages").mkdir()
    return [interpreter.resolve(), *library.glob("lib-dynload/*.so")]


def _readable_by_all(root: Path) -> None:
    """Lambda's user is nobody in particular: what a strict umask took away is given back."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))


def _compiled(folder: Path) -> None:
    """Bytecode beside each module, good whatever time its source bears: what ships without is slow at each start."""
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, str(folder)], check=True, timeout=240, capture_output=True)


def make_python_base(folder: Path) -> Path:
    """The build context of a small image FROM scratch with a shell, some coreutils and this machine's Python."""
    root = folder / "root"
    for directory in ("usr/bin", "usr/lib64", LIBRARIES, "etc", "tmp", "var/task"):
        (root / directory).mkdir(parents=True)
    for name in ("bin", "lib", "lib64"):  # merged /usr, as Amazon Linux 2023 and Debian have it
        (root / name).symlink_to(f"usr/{name}")
    binaries = _copy_python(root)
    for name in PROGRAMS:
        program = Path(shutil.which(name) or f"/bin/{name}")
        shutil.copy(program, root / "usr/bin" / name)
        binaries.append(program)
    (root / "usr/bin/sh").symlink_to("dash")
    for name in RUNTIME_CLIENT_NEEDS:
        shutil.copy(f"/{LIBRARIES}/{name}", root / LIBRARIES / name)
    for needed in set(_needed_libraries(binaries)):
        is_loader = needed.name.startswith("ld-")
        shutil.copy(
            needed, root / ("usr/lib64" if is_loader and needed.parent.name == "lib64" else LIBRARIES) / needed.name
        )
    for loader in (root / LIBRARIES).glob("ld-linux-aarch64*"):
        shutil.move(loader, root / "usr/lib" / loader.name)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    _compiled(root / "usr/local/lib")
    _readable_by_all(root)
    (root / "tmp").chmod(0o1777)
    (folder / "Dockerfile").write_text(BASE_DOCKERFILE)
    return folder


def make_function(folder: Path, base: str) -> Path:
    """The build context of a function on ``base``: awslambdaric in ``packages/`` as pip installs it, and app.py."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", str(folder / "packages")]
    done = subprocess.run([*install, "awslambdaric"], capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        raise OSError(f"pip cannot install awslambdaric here: {done.stderr.strip()[-300:]}")
    _compiled(folder / "packages")
    (folder / "app.py").write_text(FUNCTION_SOURCE)
    (folder / "Dockerfile").write_text(FUNCTION_DOCKERFILE.format(base=base))
    _readable_by_all(folder)
    return folder
