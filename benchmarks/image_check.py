"""What the whole command costs on an image, rules and report included, over decompressing its blobs on one core.

    python -m benchmarks.image_check [--folder DIR] [--runs N]

The image has 1.3 GB in 51,806 entries, 420 MB compressed, in three layers. The commands take turns: isal alone, a check
without a cache and with an empty one, with all layers cached, and after a change of the small last layer.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.image_maker import REAL, LayerPlan, make_image
from benchmarks.layer_scan import DECOMPRESS
from benchmarks.turns import Turn, take_turns


def _check(layout: Path, *options: str) -> Sequence[str]:
    command = [sys.executable, "-m", "lambda_image_lint", "check", "--isolated", "--fail-on", "never"]
    return [*command, *options, f"oci:{layout}"]


def _become(folder: Path, like: Path | None) -> None:
    """Empty a folder of the cache, or make it the copy of another."""
    shutil.rmtree(folder, ignore_errors=True)
    if like is not None:
        shutil.copytree(like, folder)


def turns(layout: Path, changed: Path, caches: Path) -> Sequence[Turn]:
    """The commands; `caches` is a folder for theirs."""
    blobs = [str(path) for path in (layout / "blobs" / "sha256").iterdir() if path.stat().st_size > 100_000]
    filled, copied = caches / "filled", caches / "copied"
    return (
        Turn(
            "isal alone, one core",
            ["taskset", "-c", "0", sys.executable, "-c", f"import sys\n{DECOMPRESS}", "-", *blobs],
        ),
        Turn("lint-image check --no-cache", _check(layout, "--no-cache")),
        Turn("filling the cache", _check(layout, f"--cache-dir={filled}"), partial(_become, filled, None)),
        Turn("all layers cached", _check(layout, f"--cache-dir={filled}")),
        Turn("the last layer changed", _check(changed, f"--cache-dir={copied}"), partial(_become, copied, filled)),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "lambda-image-lint-benchmark")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    layout = make_image(options.folder / "real")
    changed = make_image(options.folder / "changed", (*REAL[:2], LayerPlan("application", "var/task", 60, 400_000, 4)))
    with tempfile.TemporaryDirectory() as caches:
        take_turns(turns(layout, changed, Path(caches)), options.runs)


if __name__ == "__main__":
    main()
