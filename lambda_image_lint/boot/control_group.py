"""What this host's control groups, version 1 or 2, tell of a process."""

from pathlib import Path


def peak_memory(pid: int, container: str) -> int | None:
    """Bytes that a container's group used at the highest; None where the process is not (or not yet) in it.

    `container` is the container's id, which the path of its group holds: a process that is just being started is still
    in the daemon's own group, and a number on another host is somebody else here.
    """
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if container not in group:
            continue
        if controllers == "memory":
            file = Path(f"/sys/fs/cgroup/memory{group}/memory.max_usage_in_bytes")
        elif not controllers:
            file = Path(f"/sys/fs/cgroup{group}/memory.peak")
        else:
            continue
        try:
            return int(file.read_text())
        except (OSError, ValueError):  # a hierarchy without this controller: the next line may have it
            continue
    return None
