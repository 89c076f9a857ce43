"""Microsoft's SARIF validator, which brings the OASIS schema; fetched once by npm, kept beside pip's and npm's caches."""

import os
import platform
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.engines import unavailable

PACKAGE = "@microsoft/sarif-multitool-linux@5.7.0"


@dataclass(frozen=True)
class Multitool:
    """Where it lies."""

    folder: Path

    @property
    def program(self) -> Path:
        return self.folder / "package" / "Sarif.Multitool"

    @property
    def schema(self) -> Path:
        return self.folder / "package" / "sarif-2.1.0.json"


def fetch() -> Multitool:
    """The tool; skips the test with the reason where it cannot be had, fails it where engines are required."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    tool = Multitool(cache / "lambda-image-lint-tests" / PACKAGE.replace("/", "+"))
    if tool.schema.is_file():
        return tool
    if platform.system() != "Linux" or platform.machine() != "x86_64" or shutil.which("npm") is None:
        unavailable("the SARIF validator needs npm on Linux x86_64")
    tool.folder.parent.mkdir(parents=True, exist_ok=True)
    loading = tool.folder.with_name(f"{tool.folder.name}.{os.getpid()}")
    loading.mkdir()
    try:
        done = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=loading, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            unavailable(f"npm does not give {PACKAGE}: {done.stderr.strip()[-200:]}")
        with tarfile.open(next(loading.glob("*.tgz"))) as archive:
            archive.extractall(loading, filter="data")
        Multitool(loading).program.chmod(0o755)
        if not tool.folder.exists():
            loading.rename(tool.folder)
    finally:
        shutil.rmtree(loading, ignore_errors=True)
    return tool
