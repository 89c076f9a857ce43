"""Lambda's start of external extensions, as near as a container allows.

Lambda starts every file in /opt/extensions before the runtime. A container has one process to start, so here each
extension is started inside it right after the runtime, and the Runtime API gives nobody an event before all extensions
have registered and asked for their first: the order that a function can observe is Lambda's. What differs: code that
relies on an extension's work *before* it registers may find it undone.
"""

import threading
from dataclasses import dataclass, field

from lambda_image_lint.boot.container import Container, Ended, StartRefused
from lambda_image_lint.boot.environment import EXTENSIONS_FOLDER, EXTENSIONS_MAX
from lambda_image_lint.boot.refusal import kernels_reason, reason_in
from lambda_image_lint.boot.runtime_api import Failure, RuntimeApi

_NEVER_STARTED = (126, 127)
"""Exit codes of a program that the daemon could not start inside the container."""
_END_SECONDS = 0.3
"""How much later than its extensions a container that ends may be seen to have ended."""


@dataclass
class Extensions:
    """The external extensions of one boot."""

    container: Container
    api: RuntimeApi
    names: tuple[str, ...] = ()
    failure: Failure | None = None
    logs: dict[str, str] = field(default_factory=dict)
    """What each one that ended wrote."""
    _threads: list[threading.Thread] = field(default_factory=list)

    def find(self) -> None:
        """Before the start: which files Lambda would launch, and whether it could."""
        files = {
            name: entry for name, entry in self.container.children(EXTENSIONS_FOLDER).items() if not entry.is_directory
        }
        self.names = tuple(sorted(files))
        if len(files) > EXTENSIONS_MAX:
            self.failure = Failure("Extension.LaunchError", f"Extension limit ({EXTENSIONS_MAX}) reached")
            return
        for name, entry in sorted(files.items()):
            if entry.is_file and not entry.may_execute():
                self._launch_failed(name, "permission denied")
                return

    def launch(self) -> None:
        """After the start: run each, and watch it from a thread of its own."""
        for name in self.names:
            thread = threading.Thread(target=self._run, args=(name,), name=f"extension-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def join(self) -> None:
        """After the container's end: wait until the last word of each is read."""
        for thread in self._threads:
            thread.join()

    def ready(self) -> bool:
        """Whether every one has registered and asked for its first event."""
        found = [self.api.registered(name) for name in self.names]
        return all(extension is not None and extension.ready for extension in found)

    def _run(self, name: str) -> None:
        try:
            written, code = self.container.run(f"{EXTENSIONS_FOLDER}/{name}")
        except StartRefused as error:
            written, code = str(error), _NEVER_STARTED[0]
        except Ended:  # that is told elsewhere, and is no fault of the extension
            return
        self.logs[name] = written
        if code != 0 and self.container.ends_within(_END_SECONDS):
            return
        reason = kernels_reason(written) or (reason_in(written) if code in _NEVER_STARTED else None)
        if reason is not None and self.api.registered(name) is None:
            self._launch_failed(name, reason)
        else:
            self._fail("Extension.Crash", f"extension {name}: exit status {code}")

    def _launch_failed(self, name: str, reason: str) -> None:
        self._fail("Extension.LaunchError", f"fork/exec {EXTENSIONS_FOLDER}/{name}: {reason}")

    def _fail(self, error_type: str, message: str) -> None:
        with self.api.changed:
            if self.failure is None:
                self.failure = Failure(error_type, message)
            self.api.changed.notify_all()
