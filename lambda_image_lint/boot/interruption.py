"""Ctrl-C and SIGTERM while containers run: the first asks for an orderly end, the second no longer asks."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Interruption:
    """Whether somebody wants the boot to end.

    A signal that raised in the middle of a call to the daemon would leave a container that nobody knows of.
    """

    def __init__(self) -> None:
        self._signal: int | None = None

    def check(self) -> None:
        """Raise what the signal stands for, at a place where everything can be cleaned up."""
        if self._signal == signal.SIGINT:
            raise KeyboardInterrupt
        if self._signal is not None:
            raise SystemExit(128 + self._signal)

    @contextlib.contextmanager
    def caught(self) -> Iterator["Interruption"]:
        """Take the signals over until the block ends; in a thread other than the main one they are not ours to take."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._signal is not None:
            raise KeyboardInterrupt
        self._signal = number
