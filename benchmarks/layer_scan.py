"""How long a deep check of an image takes, against decompressing the same blobs on one core.

    python -m benchmarks.layer_scan [--folder DIR] [--runs N] [--million] [--ten-gigabytes]

Every figure is of a fresh process, imports included, and the best of N runs counts. On a machine that does other
things too, the CPU seconds tell more than the wall clock: of a check they are spread over two cores.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.image_maker import REAL, LayerPlan, make_image

DECOMPRESS = """
from isal import igzip
for path in sys.argv[2:]:
    with igzip.open(path) as file:
        while file.read(262144):
            pass
"""

CHECK = """
from pathlib import Path
from lambda_image_lint.image.cache import LayerCache
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
cache = LayerCache(Path(sys.argv[3])) if len(sys.argv) > 3 else None
with Image(open_source("oci:" + sys.argv[2]), cache=cache) as image:
    layers = image.layers
    assert image.tree.find("/usr") and not layers.problems, layers.problems
    print(json.dumps({"entries": sum(layer.entries for layer in layers), "bytes": layers.uncompressed_bytes}))
"""

PRELUDE = "import json, sys\n"
CLOSING = """
import time
print(json.dumps({"cpu_ms": int(time.process_time() * 1000)}))
# Not getrusage: its peak includes what the parent had before it became this program.
with open("/proc/self/status") as status:
    print(json.dumps({"peak_kib": next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))}))
"""


def run(script: str, *arguments: str, one_core: bool = False) -> tuple[float, dict[str, int]]:
    """Seconds of a fresh process, and what it printed."""
    command = [sys.executable, "-c", PRELUDE + script + CLOSING, "-", *arguments]
    if one_core:
        command = ["taskset", "-c", "0", *command]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    printed: dict[str, int] = {}
    for line in done.stdout.splitlines():
        printed |= json.loads(line)
    return seconds, printed


def best(runs: int, script: str, *arguments: str, one_core: bool = False) -> tuple[float, dict[str, int]]:
    """The quickest of several runs."""
    return min((run(script, *arguments, one_core=one_core) for _ in range(runs)), key=lambda result: result[0])


def tell(what: str, seconds: float, printed: dict[str, int], reference: float) -> None:
    """One line of the table."""
    cpu, peak = printed["cpu_ms"] / 1000, printed["peak_kib"] / 1024
    print(f"{what:44} {seconds:7.3f} s  {seconds / reference:5.2f} ×  {cpu:7.3f} s CPU  {peak:7.1f} MiB")


def measure_real(folder: Path, runs: int) -> None:
    """The image of 1.3 GB: decompression alone, first check, cached, and one layer changed."""
    layout = make_image(folder / "real")
    blobs = [str(path) for path in (layout / "blobs" / "sha256").iterdir() if path.stat().st_size > 100_000]
    reference, printed = best(runs, DECOMPRESS, *blobs, one_core=True)
    tell("isal alone, one core", reference, printed, reference)
    seconds, printed = best(runs, CHECK, str(layout))
    print(f"{printed['entries']} entries, {printed['bytes'] / 1e6:.0f} MB uncompressed")
    tell("deep check, no cache", seconds, printed, reference)
    with tempfile.TemporaryDirectory() as cache:
        first, printed = run(CHECK, str(layout), cache)
        tell("deep check, filling the cache", first, printed, reference)
        seconds, printed = best(runs, CHECK, str(layout), cache)
        tell("again, all layers cached", seconds, printed, reference)
        changed = make_image(folder / "changed", (*REAL[:2], LayerPlan("application", "var/task", 60, 400_000, 4)))
        seconds, printed = run(CHECK, str(changed), cache)
        tell(f"last layer changed ({seconds / first:.2f} of the first)", seconds, printed, reference)


def measure_large(folder: Path, name: str, plans: tuple[LayerPlan, ...]) -> None:
    """Memory on an image that is large in one way."""
    layout = make_image(folder / name, plans)
    seconds, printed = run(CHECK, str(layout))
    entries = printed["entries"]
    print(
        f"{name}: {entries} entries, {printed['bytes'] / 1e9:.1f} GB, {seconds:.1f} s, {printed['peak_kib'] / 1024:.0f} MiB,"
    )
    print(f"  {(printed['peak_kib'] * 1024 - 100e6) / entries:.0f} bytes an entry above 100 MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "lambda-image-lint-benchmark")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--million", action="store_true", help="an image of a million entries too")
    parser.add_argument(
        "--ten-gigabytes", action="store_true", help="an image of ten gigabytes too; takes minutes to make"
    )
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}")
    measure_real(options.folder, options.runs)
    if options.million:
        plan = LayerPlan("many", "usr", 1_000_000, 100_000_000, 5)
        measure_large(options.folder, "million", (plan,))
    if options.ten_gigabytes:
        plans = tuple(LayerPlan(f"part{part}", f"usr/{part}", 10_000, 2_500_000_000, part) for part in range(4))
        measure_large(options.folder, "ten-gigabytes", plans)


if __name__ == "__main__":
    main()
