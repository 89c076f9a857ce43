"""What rules read in Python sources, held against Python itself."""

import concurrent.futures
import multiprocessing
import multiprocessing.context
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.linting import named, run_context

BASE = 'FROM public.ecr.aws/lambda/python:3.13\nCOPY . ${LAMBDA_TASK_ROOT}/\nCMD ["app.handler"]\n'
HANDLER = "\ndef handler(event, context):\n    return {}\n"


def no_semaphores(*_: Any, **__: Any) -> None:
    raise OSError(38, "Function not implemented")


@pytest.fixture
def without_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Semaphores fail as they do where /dev/shm is not there."""
    monkeypatch.setattr("multiprocessing.synchronize._multiprocessing.SemLock", no_semaphores)


@pytest.mark.usefixtures("without_shared_memory")
@pytest.mark.parametrize("name", ["Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Queue", "JoinableQueue", "Pool"])  # fmt: skip
def test_each_class_that_is_told_fails_without_shared_memory(name: str) -> None:
    with pytest.raises(OSError, match="Function not implemented"):
        getattr(multiprocessing.get_context("spawn"), name)()
    source = f"import multiprocessing\nmultiprocessing.{name}()\n{HANDLER}"
    assert named(run_context(BASE, {"app.py": source}, "shared-memory-needed")) == [("shared-memory-needed", "warning")]


@pytest.mark.usefixtures("without_shared_memory")
def test_an_executor_of_processes_fails_and_one_of_threads_does_not() -> None:
    with pytest.raises(OSError, match="Function not implemented"):
        concurrent.futures.ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))
    concurrent.futures.ThreadPoolExecutor().shutdown()
    for end in multiprocessing.Pipe():
        end.close()
    processes = f"from concurrent import futures\nfutures.ProcessPoolExecutor()\n{HANDLER}"
    threads = f"from concurrent import futures\nfutures.ThreadPoolExecutor()\n{HANDLER}"
    assert named(run_context(BASE, {"app.py": processes}, "shared-memory-needed"))
    assert not named(run_context(BASE, {"app.py": threads}, "shared-memory-needed"))


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("open('x.txt', 'w')", "error"),
        ("FILE = open('/var/log/x', mode='ab')", "error"),
        ("with open('x', 'x') as file: pass", "error"),
        ("import pathlib; pathlib.Path('/srv/x').mkdir()", "error"),
        ("def later(): open('x.txt', 'w')", "warning"),
        ("open('x.txt')", None),
        ("open('x.txt', MODE)", None),
        ("open('/tmp/../tmp/x', 'w')", None),
        ("open('/tmp/../srv/x', 'w')", "error"),
        ("LOCAL and open('x', 'w')", None),
        ("try:\n    open('x', 'w')\nexcept OSError:\n    pass", None),
        ("(lambda: open('x', 'w'))", "warning"),
        ("names = (open(name, 'w') for name in ['a'])", None),
    ],
)
def test_writes_are_told_by_where_and_when_they_happen(line: str, severity: str | None) -> None:
    outcome = run_context(BASE, {"app.py": f"{line}\n{HANDLER}"}, "writes-outside-tmp")
    assert named(outcome) == ([("writes-outside-tmp", severity)] if severity else [])


@given(st.binary(max_size=300))
def test_no_source_however_odd_makes_a_rule_crash(content: bytes) -> None:
    for chosen in ("writes-outside-tmp", "shared-memory-needed", "home-cache", "tmp-in-image", "file-unreadable"):
        outcome = run_context(BASE, {"app.py": content + HANDLER.encode(), "x.env": content}, chosen)
        assert outcome.failures == ()
