"""One kind of work on many things, shared out to processes; the results come back in order.

The processes are forked, so that all that is loaded already is there for each of them. Where there is no fork, and
where a share is lost, the work is done here.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(count: int, work: Callable[[int], T | None], jobs: int, known: Mapping[str, object]) -> list[T | None]:
    """`work` of 0, 1, … `count` - 1, by `jobs` processes.

    `known` are objects that the results refer to and that are the same in every process: they travel by name. A None
    among the results stands for work that gave none, or whose process was lost: the caller does it again.
    """
    if jobs < 2 or count < 2 or not hasattr(os, "fork"):
        return [work(index) for index in range(count)]
    shares = [range(first, count, jobs) for first in range(min(jobs, count))]
    children = [_start(share, work, known) for share in shares[1:]]
    results: list[T | None] = [None] * count
    for index in shares[0]:
        results[index] = work(index)
    for share, (child, pipe) in zip(shares[1:], children, strict=True):
        for index, result in zip(share, _collect(child, pipe, known), strict=False):
            results[index] = result
    return results


def _start(share: Iterable[int], work: Callable[[int], Any], known: Mapping[str, object]) -> tuple[int, int]:
    """(process, the end of a pipe to read its results from)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    # From here on in the child, which must never return into its parent's stack.
    code = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(_packed([work(index) for index in share], known))
        code = 0
    finally:
        os._exit(code)


def _collect(child: int, pipe: int, known: Mapping[str, object]) -> list[Any]:
    """The results of a process; none where it ended otherwise than it should."""
    with os.fdopen(pipe, "rb") as stream:
        packed = stream.read()
    _, status = os.waitpid(child, 0)
    return _unpacked(packed, known) if status == 0 else []


def _packed(results: list[Any], known: Mapping[str, object]) -> bytes:
    import io
    import pickle

    names = {id(value): name for name, value in known.items()}
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, pickle.HIGHEST_PROTOCOL)
    pickler.persistent_id = lambda value: names.get(id(value))  # type: ignore[method-assign]
    pickler.dump(results)
    return stream.getvalue()


def _unpacked(packed: bytes, known: Mapping[str, object]) -> list[Any]:
    import io
    import pickle

    unpickler = pickle.Unpickler(io.BytesIO(packed))
    unpickler.persistent_load = known.__getitem__  # type: ignore[method-assign]
    results: list[Any] = unpickler.load()
    return results
