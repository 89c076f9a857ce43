"""The Runtime API and the Extensions API as state: who asked what, and what was answered. No socket is known here.

Two sides share one `RuntimeApi`: the server's threads bring the calls of the function, and the boot waits for what they
change. Sources: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and runtimes-extensions-api.html, read
2026-11-23.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

RESPONSE_BYTES_MAX = 6 * 1024 * 1024 + 100
"""Bytes of an invocation's answer. Source: the refusal itself names 6291556, docs.aws.amazon.com/lambda/latest/dg/
gettingstarted-limits.html (6 MB), read 2026-11-23."""


@dataclass(frozen=True)
class Identity:
    """What the function is told about itself."""

    name: str = "function"
    version: str = "$LATEST"
    handler: str = ""
    region: str = "us-east-1"

    @property
    def arn(self) -> str:
        """The function's ARN, in the account that Amazon's own examples use."""
        return f"arn:aws:lambda:{self.region}:123456789012:function:{self.name}"


@dataclass(frozen=True)
class Failure:
    """An error as the function or an extension reported it, or as Lambda words it."""

    type: str
    """``Runtime.ImportModuleError``, ``ValueError``, …"""
    message: str
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type


@dataclass(frozen=True)
class Invocation:
    """One event on its way to the function."""

    request_id: str
    event: bytes
    deadline_ms: int
    """Milliseconds since the epoch."""
    trace_id: str


@dataclass(frozen=True)
class Reply:
    """What a call is answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, value: object, **headers: str) -> "Reply":
        """A JSON body; underscores in the names of headers stand for hyphens."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json"} | named)


ACCEPTED = Reply.of(202, {"status": "OK"})


def refusal(status: int, error_type: str, message: str) -> Reply:
    """A reply that refuses, in the shape that runtime clients parse."""
    return Reply.of(status, {"errorType": error_type, "errorMessage": message})


def failure_of(body: bytes, error_type: str | None) -> Failure:
    """What an error report says; the header's type goes before the body's, and a body that is no JSON is the message."""
    try:
        report = json.loads(body)
    except ValueError:
        report = body.decode("utf-8", "replace")
    if not isinstance(report, dict):
        return Failure(error_type or "Unhandled", str(report) if report else "")
    trace = report.get("stackTrace", report.get("trace")) or ()
    lines = tuple(str(line).rstrip("\n") for line in trace) if isinstance(trace, list | tuple) else (str(trace),)
    named = report.get("errorType")
    return Failure(error_type or str(named or "Unhandled"), str(report.get("errorMessage", "")), lines)


@dataclass
class Extension:
    """A registered extension."""

    name: str
    events: tuple[str, ...]
    ready: bool = False
    """It has asked for its first event: its start is over."""
    told: int = 0
    """How many of the events that it wants it has been given."""


class RuntimeApi:
    """One execution environment's calls, for one invocation. Every public method may be called from any thread."""

    def __init__(self, identity: Identity, clock: Callable[[], float] = time.monotonic) -> None:
        self.identity = identity
        self.changed = threading.Condition()
        """Notified whenever something below changes."""
        self._clock = clock
        self.calls = 0
        """Calls of any kind, the refused ones too."""
        self.first_next_at: float | None = None
        """When the runtime first asked for work, on the clock."""
        self.next_count = 0
        self.init_failure: Failure | None = None
        self.invocation: Invocation | None = None
        self.response: bytes | None = None
        self.invocation_failure: Failure | None = None
        self.extension_failure: Failure | None = None
        self.extensions: dict[str, Extension] = {}
        """By the identifier that registration gave."""
        self._closed = False

    # What the boot does

    def offer(self, event: bytes, timeout_seconds: float) -> Invocation:
        """Hand the event to whoever asks next; the function has `timeout_seconds` for it."""
        deadline = int((time.time() + timeout_seconds) * 1000)
        trace = f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=0"
        with self.changed:
            self.invocation = Invocation(str(uuid.uuid4()), event, deadline, trace)
            self.changed.notify_all()
            return self.invocation

    def close(self) -> None:
        """Let every waiting call go, unanswered."""
        with self.changed:
            self._closed = True
            self.changed.notify_all()

    def registered(self, name: str) -> Extension | None:
        """The extension of that file name, where it has registered."""
        with self.changed:
            return next((extension for extension in self.extensions.values() if extension.name == name), None)

    # What the function does

    def next_invocation(self) -> Reply | None:
        """Hold the call until there is work; None: the environment ends."""
        with self.changed:
            self.calls += 1
            self.next_count += 1
            turn = self.next_count
            if self.first_next_at is None:
                self.first_next_at = self._clock()
            self.changed.notify_all()
            # There is one event only: whoever asks again, having answered it, waits for the end.
            self.changed.wait_for(lambda: self._closed or (self.invocation is not None and not self._answered(turn)))
            return None if self._closed or self.invocation is None else self._deliver(self.invocation)

    def respond(self, request_id: str, body: bytes) -> Reply:
        """The function's answer to the event."""
        with self.changed:
            self.calls += 1
            if self.invocation is None or request_id != self.invocation.request_id or self._is_answered:
                return refusal(400, "InvalidRequestID", "Invalid request ID")
            if len(body) > RESPONSE_BYTES_MAX:
                message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."
                self.invocation_failure = Failure("Function.ResponseSizeTooLarge", message)
                reply = refusal(413, "RequestEntityTooLarge", message)
            else:
                self.response, reply = body, ACCEPTED
            self.changed.notify_all()
            return reply

    def fail_invocation(self, request_id: str, body: bytes, error_type: str | None) -> Reply:
        """The function's error on the event."""
        with self.changed:
            self.calls += 1
            if self.invocation is None or request_id != self.invocation.request_id or self._is_answered:
                return refusal(400, "InvalidRequestID", "Invalid request ID")
            self.invocation_failure = failure_of(body, error_type)
            self.changed.notify_all()
            return ACCEPTED

    def fail_init(self, body: bytes, error_type: str | None) -> Reply:
        """The runtime could not start; only the first such report counts, and none after the first `next`."""
        with self.changed:
            self.calls += 1
            if self.first_next_at is not None:
                return refusal(
                    403, "InvalidStateTransition", "Transition from RuntimeReady to RuntimeInitError is not allowed"
                )
            if self.init_failure is None:
                self.init_failure = failure_of(body, error_type)
            self.changed.notify_all()
            return ACCEPTED

    # What extensions do

    def register(self, name: str, body: bytes) -> Reply:
        """An extension announces itself, and the events it wants."""
        with self.changed:
            self.calls += 1
            try:
                wanted = json.loads(body or b"{}").get("events", [])
            except (ValueError, AttributeError):
                return refusal(400, "InvalidRequestFormat", "Could not parse events")
            if not name:
                return refusal(403, "Extension.InvalidExtensionName", "Empty extension name")
            if any(extension.name == name for extension in self.extensions.values()):
                return refusal(403, "Extension.AlreadyRegistered", "Extension with this name is already registered")
            identifier = str(uuid.uuid4())
            self.extensions[identifier] = Extension(name, tuple(str(event) for event in wanted))
            self.changed.notify_all()
        told = {"functionName": self.identity.name, "functionVersion": self.identity.version}
        told |= {"handler": self.identity.handler, "accountId": "123456789012"}
        return Reply.of(200, told, Lambda_Extension_Identifier=identifier)

    def next_event(self, identifier: str) -> Reply | None:
        """Hold an extension's call until there is an event that it wants; None: the environment ends."""
        with self.changed:
            self.calls += 1
            extension = self.extensions.get(identifier)
            if extension is None:
                return refusal(403, "Extension.UnknownExtensionIdentifier", "Unknown extension identifier")
            extension.ready = True
            self.changed.notify_all()
            wants = "INVOKE" in extension.events
            self.changed.wait_for(
                lambda: self._closed or (wants and extension.told == 0 and self.invocation is not None)
            )
            if self._closed or self.invocation is None:
                return None
            extension.told += 1
            invocation = self.invocation
        event = {
            "eventType": "INVOKE",
            "deadlineMs": invocation.deadline_ms,
            "requestId": invocation.request_id,
            "invokedFunctionArn": self.identity.arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id},
        }
        return Reply.of(200, event, Lambda_Extension_Event_Identifier=str(uuid.uuid4()))

    def fail_extension(self, identifier: str, stage: str, body: bytes, error_type: str | None) -> Reply:
        """An extension could not start (`stage` is ``init``), or ends (``exit``)."""
        with self.changed:
            self.calls += 1
            extension = self.extensions.get(identifier)
            if extension is None:
                return refusal(403, "Extension.UnknownExtensionIdentifier", "Unknown extension identifier")
            report = failure_of(body, error_type)
            kind = "Extension.InitError" if stage == "init" else "Extension.ExitError"
            if self.extension_failure is None:
                self.extension_failure = Failure(kind, f"extension {extension.name}: {report}", report.trace)
            self.changed.notify_all()
            return ACCEPTED

    # Within the lock

    @property
    def _is_answered(self) -> bool:
        return self.response is not None or self.invocation_failure is not None

    def _answered(self, turn: int) -> bool:
        return turn > 1 and self._is_answered

    def _deliver(self, invocation: Invocation) -> Reply:
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.identity.arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        return Reply(200, invocation.event, headers)
