"""Keeps one engine alive for as long as the test run lives: ``python -m tests.engine_keeper OWNER_PID FOLDER COMMAND...``.

The engine is shared by all workers of a run, so that none of them may be its parent; and a run that is killed must not
leave a daemon behind. So this process starts it, watches the run's first process, and stops and removes everything when
that is gone, when it is told to end, or when the engine ends by itself.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

POLL_SECONDS = 0.25
GRACE_SECONDS = 20


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _unmount_below(folder: Path) -> None:
    """A daemon that was killed leaves its mounts (network namespaces, shared memory), which would hold the folder."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount_point = line.split()[4]
        if Path(mount_point).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", mount_point], check=False)


def _remove(folder: Path) -> None:
    if Path("/proc/self/mountinfo").exists():
        _unmount_below(folder)
    shutil.rmtree(folder, ignore_errors=True)


def keep(owner: int, folder: Path, command: list[str]) -> None:
    """Run ``command`` until it ends, the owner is gone, or this process is asked to end; then remove ``folder``."""
    asked_to_end = False

    def end(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked_to_end
        asked_to_end = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with (folder / "log").open("wb") as log:
        engine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        while engine.poll() is None and not asked_to_end and _is_alive(owner):
            time.sleep(POLL_SECONDS)
        if engine.poll() is None:
            engine.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                engine.wait(GRACE_SECONDS)
            engine.kill()
            engine.wait()
            _remove(folder)
        else:  # it ended by itself: its log tells why, and whoever started it wants to read that
            while not asked_to_end and _is_alive(owner):
                time.sleep(POLL_SECONDS)
            _remove(folder)


if __name__ == "__main__":
    keep(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
