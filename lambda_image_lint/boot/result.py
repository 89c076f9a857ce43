"""What a boot yields."""

from dataclasses import dataclass
from enum import StrEnum

from lambda_image_lint.boot.runtime_api import Failure


class Outcome(StrEnum):
    """How it went, in one word."""

    OK = "ok"
    INVALID_ENTRYPOINT = "invalid-entrypoint"
    """The process could not be started."""
    INVALID_WORKING_DIR = "invalid-working-dir"
    EXTENSION_ERROR = "extension-error"
    INIT_ERROR = "init-error"
    """The runtime reported that it cannot load the function."""
    FUNCTION_ERROR = "function-error"
    """The handler was found and called, and failed."""
    EXIT = "exit"
    """The process ended before it answered."""
    OUT_OF_MEMORY = "out-of-memory"
    TIMEOUT = "timeout"


class Phase(StrEnum):
    """Where in its life the function was."""

    INIT = "init"
    INVOKE = "invoke"


@dataclass(frozen=True)
class BootOptions:
    """How to boot."""

    event: str | None = None
    """A sample's name or a file; None sends an empty object."""
    timeout: float = 10.0
    """Seconds for the invocation. The init phase has as many, and at least Lambda's ten."""
    memory: int = 512
    """MiB. More than Lambda's 128, at which a JVM tells of nothing but its own size."""
    network: str | None = None
    """A docker network that the function may use (``bridge``, ``host``, a name); None: it reaches the Runtime API only."""


@dataclass(frozen=True)
class BootResult:
    """What happened."""

    image: str
    outcome: Outcome
    phase: Phase
    """The phase in which it ended."""
    failure: Failure | None
    """In Lambda's own words; None where all went well."""
    response: bytes | None
    request_id: str | None
    """None where no event was sent."""
    init_milliseconds: float | None
    """From the start of the process to its first call of ``next``; None where it never called."""
    invoke_milliseconds: float | None
    """From the event to the answer; None where there was none."""
    exit_code: int | None
    """Of the process where it ended by itself."""
    peak_memory_bytes: int | None
    """The control group's figure, page cache included; None where nobody could count."""
    rules: tuple[str, ...]
    """The names of the rules that explain the failure, likeliest first."""
    log: str
    """What the function and its extensions wrote."""
    notes: tuple[str, ...]
    """What to know about this boot: where it was not as in Lambda, and what else was seen."""
    options: BootOptions

    @property
    def ok(self) -> bool:
        """The function started, and answered."""
        return self.outcome is Outcome.OK
