"""Commands that take turns: what else the machine does meanwhile weighs on all of them alike, and ratios stand."""

import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


def _nothing() -> None:
    """No preparation."""


@dataclass(frozen=True)
class Turn:
    """One of the commands."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], None] = _nothing
    """Called before each time; not counted."""


def take_turns(turns: Sequence[Turn], runs: int, environment: Mapping[str, str] | None = None) -> None:
    """Run each in turn and print medians; a ratio is the median of each turn's ratio to its own first command.

    One turn more is taken, which fills the caches, the machine's and ours, and does not count.
    """
    taken: dict[str, list[tuple[float, float]]] = {turn.name: [] for turn in turns}
    for number in range(runs + 1):
        for turn in turns:
            turn.prepare()
            figures = _timed(turn.command, environment)
            if number:
                taken[turn.name].append(figures)
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, {runs} turns")
    first = taken[turns[0].name]
    for name, figures in taken.items():
        ratio = statistics.median(clock / alone for (clock, _), (alone, _) in zip(figures, first, strict=True))
        clock, processor = (statistics.median(column) for column in zip(*figures, strict=True))
        print(f"{name:40} {clock:7.2f} s  {ratio:5.2f} ×  {processor:6.2f} s CPU")


def _timed(command: Sequence[str], environment: Mapping[str, str] | None) -> tuple[float, float]:
    """Seconds on the clock, and of the processors for the command alone, without those of a daemon that it asks."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return end - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
