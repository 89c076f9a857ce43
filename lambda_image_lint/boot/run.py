"""One boot, from the image's reference to what happened."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from lambda_image_lint.boot import environment, events, verdict
from lambda_image_lint.boot.container import Container, Engine, Exit, ImageFacts, StartRefused
from lambda_image_lint.boot.extensions import Extensions
from lambda_image_lint.boot.interruption import Interruption
from lambda_image_lint.boot.network import reach
from lambda_image_lint.boot.result import BootOptions, BootResult, Phase
from lambda_image_lint.boot.runtime_api import Failure, Identity, RuntimeApi
from lambda_image_lint.boot.server import serving

_LOOK_SECONDS = 0.1
"""How often memory and signals are looked at while the function works."""
_SETTLE_SECONDS = 2.0
"""How long a function that has answered may take to ask for more; one that ends instead is told of."""
_LAST_WORDS_SECONDS = 0.5
"""How long a runtime that has reported its failure may take to end by itself."""


def boot(image: str, options: BootOptions | None = None) -> BootResult:
    """Start an image of the local Docker daemon as Lambda would, send it one event, and tell what happened.

    `image` is a reference or an id, with or without ``docker:`` before it. Whatever was made for it is gone when this
    returns or raises, after Ctrl-C and SIGTERM too. Raises `SourceError` (no daemon, no such image) and `UsageError`
    (no such event).
    """
    options = options or BootOptions()
    event = events.load(options.event)
    reference = image.removeprefix("docker:")
    with Interruption().caught() as interruption, contextlib.closing(Engine.connect()) as engine:
        facts = engine.image(reference)
        return _boot(engine, reference, facts, event, options, interruption)


def new_boot_id() -> str:
    """A name for all that one boot makes in the daemon."""
    return f"lint-image-boot-{uuid.uuid4().hex[:12]}"


def _boot(
    engine: Engine, reference: str, image: ImageFacts, event: bytes, options: BootOptions, interruption: Interruption
) -> BootResult:
    boot_id = new_boot_id()
    api = RuntimeApi(Identity(handler=image.command[0] if image.command else ""))
    with contextlib.ExitStack() as stack:
        way = stack.enter_context(reach(engine, boot_id, options.network))
        stack.enter_context(serving(api, way.listener))
        trial = Trial(api, options, interruption, notes=[*way.notes, *_notes_on(engine, image)])
        variables = environment.variables(image.environment, api.identity, way.address, options.memory)
        try:
            container = stack.enter_context(engine.function(boot_id, image, variables, way.network, options.memory))
        except StartRefused as refused:
            trial.failure = verdict.of_refusal(str(refused), image)
        else:
            trial.run(container, image, event)
    return trial.result(reference)


def _notes_on(engine: Engine, image: ImageFacts) -> list[str]:
    if image.architecture == engine.architecture:
        return []
    return [f"the image is for {image.architecture}, the daemon runs {engine.architecture}: Lambda may do otherwise"]


@dataclass
class Trial:
    """The course of one boot; what it saw is told by `result`."""

    api: RuntimeApi
    options: BootOptions
    interruption: Interruption
    notes: list[str]
    failure: Failure | None = None
    """What ended it, where that was not the runtime's own report."""
    phase: Phase = Phase.INIT
    exit: Exit | None = None
    peak_memory: int | None = None
    started_at: float = 0.0
    offered_at: float = 0.0
    answered_at: float | None = None
    log: str = ""
    extensions: Extensions | None = None
    _watchers: list[threading.Thread] = field(default_factory=list)

    def run(self, container: Container, image: ImageFacts, event: bytes) -> None:
        """Start the container and go through the phases, until one of them decides."""
        self.failure = verdict.of_working_dir(container, image.working_dir)
        self.extensions = Extensions(container, self.api)
        if self.failure is None:
            self.extensions.find()
            self.failure = self.extensions.failure
        if self.failure is not None:
            return
        self.interruption.check()
        self.started_at = time.monotonic()
        try:
            container.start()
        except StartRefused as refused:
            self.failure = verdict.of_refusal(str(refused), image)
            return
        self._watch(container)
        self.extensions.launch()
        self._phases(container, event)
        if self.exit is None:
            container.kill()
            for watcher in self._watchers:
                watcher.join()
            # It was we who ended it.
            self.exit = None
        self.extensions.join()
        self.log = verdict.joined_log(container.log(), self.extensions.logs)
        self._refine(image)

    def _phases(self, container: Container, event: bytes) -> None:
        init_limit = max(environment.INIT_SECONDS, self.options.timeout)
        if not self._until(container, self._init_is_over, init_limit):
            self.failure = verdict.of_init_timeout(self.api, self.extensions, init_limit)
        if self.api.init_failure is not None:
            # Clients report first and end then: their last words and their exit code are worth a moment.
            self._until(container, lambda: False, _LAST_WORDS_SECONDS)
        if not self._may_go_on():
            return
        self.phase = Phase.INVOKE
        self.offered_at = time.monotonic()
        invocation = self.api.offer(event, self.options.timeout)
        if not self._until(container, self._invocation_is_over, self.options.timeout):
            self.failure = verdict.of_timeout(invocation, self.options.timeout)
        elif self._answered:
            self.answered_at = time.monotonic()
            self._until(container, lambda: self.api.next_count > 1, _SETTLE_SECONDS)
            if self.exit is not None:
                self.notes.append(
                    f"the runtime ended after its answer (exit status {self.exit.code}): Lambda starts it anew each time"
                )

    def _may_go_on(self) -> bool:
        assert self.extensions is not None
        failures = (self.failure, self.api.init_failure, self.api.extension_failure, self.extensions.failure)
        return all(failure is None for failure in failures) and self.exit is None

    def _init_is_over(self) -> bool:
        assert self.extensions is not None
        ready = self.api.first_next_at is not None and self.extensions.ready()
        return ready or self.api.init_failure is not None or self._extension_failed()

    def _invocation_is_over(self) -> bool:
        return self._answered or self._extension_failed()

    @property
    def _answered(self) -> bool:
        return self.api.response is not None or self.api.invocation_failure is not None

    def _extension_failed(self) -> bool:
        assert self.extensions is not None
        return self.api.extension_failure is not None or self.extensions.failure is not None

    def _until(self, container: Container, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until `condition` holds or the process ends; False where time ran out first."""
        deadline = time.monotonic() + seconds
        while True:
            with self.api.changed:
                left = deadline - time.monotonic()
                over = self.api.changed.wait_for(
                    lambda: condition() or self.exit is not None, max(0.0, min(left, _LOOK_SECONDS))
                )
            if over or left <= 0:
                self._measure(container)
                return over
            self._measure(container)
            self.interruption.check()

    def _measure(self, container: Container) -> None:
        if self.exit is None and (peak := container.peak_memory()) is not None:
            self.peak_memory = max(peak, self.peak_memory or 0)

    def _watch(self, container: Container) -> None:
        def note_exit() -> None:
            ended = container.wait()
            with self.api.changed:
                self.exit = ended
                self.api.changed.notify_all()

        watcher = threading.Thread(target=note_exit, name="container-exit", daemon=True)
        watcher.start()
        self._watchers.append(watcher)

    def _refine(self, image: ImageFacts) -> None:
        """Say what the process's end means, now that its log is at hand."""
        if self._answered or self.failure is not None or self.exit is None:
            return
        self.failure = verdict.of_exit(self.exit, self.log, self.api, image)

    def result(self, reference: str) -> BootResult:
        """What happened."""
        api = self.api
        extension_failure = api.extension_failure or (self.extensions.failure if self.extensions else None)
        failure = api.init_failure or api.invocation_failure or extension_failure or self.failure
        answered_in = None if self.answered_at is None else (self.answered_at - self.offered_at) * 1000
        init = None if api.first_next_at is None else (api.first_next_at - self.started_at) * 1000
        return BootResult(
            image=reference,
            outcome=verdict.outcome(failure, self.exit, api, answered=api.response is not None),
            phase=self.phase,
            failure=None if api.response is not None else failure,
            response=api.response,
            request_id=api.invocation.request_id if api.invocation else None,
            init_milliseconds=init,
            invoke_milliseconds=answered_in,
            exit_code=self.exit.code if self.exit else None,
            peak_memory_bytes=self.peak_memory,
            rules=() if api.response is not None else verdict.rules(failure, self.log),
            log=self.log,
            notes=tuple(self.notes),
            options=self.options,
        )
