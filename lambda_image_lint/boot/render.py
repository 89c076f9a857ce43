"""A boot's result, for people and for programs."""

import json
from collections.abc import Iterator

from lambda_image_lint import __version__
from lambda_image_lint.boot.result import BootResult, Outcome, Phase
from lambda_image_lint.boot.runtime_api import Failure
from lambda_image_lint.secrets import find_secrets

SCHEMA_VERSION = "1"
"""Of the JSON form; a key that goes or changes its meaning makes it another."""

_MEBIBYTE = 1024 * 1024
_RESPONSE_SHOWN = 2000
"""Characters of the answer that people are shown; the JSON form has it whole."""

_SECRET_SHOWN = 4
"""Characters of a secret that stay, at most: what a function prints of its environment is not for a build's log."""

_HEADLINES = {
    Outcome.OK: "starts and answers",
    Outcome.INVALID_ENTRYPOINT: "the entrypoint cannot be started",
    Outcome.INVALID_WORKING_DIR: "the working directory cannot be entered",
    Outcome.EXTENSION_ERROR: "an extension fails",
    Outcome.INIT_ERROR: "the runtime cannot load the function",
    Outcome.FUNCTION_ERROR: "starts, and the handler fails on this event",
    Outcome.EXIT: "the process ends before it answers",
    Outcome.OUT_OF_MEMORY: "out of memory",
    Outcome.TIMEOUT: "time-out",
}


def render_human(result: BootResult) -> str:
    """What happened, as lines for a terminal, without colour; ends with a line feed."""
    return "".join(f"{line}\n" for line in _lines(result))


def _lines(result: BootResult) -> Iterator[str]:
    yield f"{result.image}: {_HEADLINES[result.outcome]}"
    if result.failure is not None:
        where = "INIT" if result.phase is Phase.INIT else "INVOKE"
        yield f"  {where}: {_masked(str(result.failure))}"
        yield from (f"    {_masked(line)}" for entry in result.failure.trace for line in entry.splitlines())
    if result.response is not None:
        text = result.response.decode("utf-8", "replace")
        more = f" … ({len(text)} characters)" if len(text) > _RESPONSE_SHOWN else ""
        yield f"  response: {text[:_RESPONSE_SHOWN]}{more}"
    yield f"  {', '.join(_figures(result))}"
    if result.rules:
        yield f"  explained by: {', '.join(result.rules)}"
    yield from (f"  note: {note}" for note in result.notes)
    if result.log:
        yield "  log:"
        yield from (f"    {line}" for line in _masked(result.log).splitlines())


def _figures(result: BootResult) -> Iterator[str]:
    if result.init_milliseconds is None:
        yield "never asked for an event"
    else:
        yield f"first `next` after {result.init_milliseconds:.0f} ms"
    if result.invoke_milliseconds is not None:
        yield f"answered in {result.invoke_milliseconds:.0f} ms"
    if result.exit_code is not None:
        yield f"exit status {result.exit_code}"
    if result.peak_memory_bytes is not None:
        yield f"peak memory {result.peak_memory_bytes / _MEBIBYTE:.0f} of {result.options.memory} MiB"


def render_json(result: BootResult) -> str:
    """The whole result as one JSON object; ends with a line feed. An answer that is no JSON is given as text."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "lambda-image-lint", "version": __version__},
        "image": result.image,
        "outcome": result.outcome.value,
        "ok": result.ok,
        "phase": result.phase.value,
        "error": _error(result.failure),
        "request_id": result.request_id,
        "response": _response(result.response),
        "init_ms": _rounded(result.init_milliseconds),
        "invoke_ms": _rounded(result.invoke_milliseconds),
        "exit_code": result.exit_code,
        "peak_memory_bytes": result.peak_memory_bytes,
        "rules": list(result.rules),
        "notes": list(result.notes),
        "log": _masked(result.log),
        "conditions": {
            "event": result.options.event,
            "timeout_s": result.options.timeout,
            "memory_mib": result.options.memory,
            "network": result.options.network,
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _error(failure: Failure | None) -> dict[str, object] | None:
    if failure is None:
        return None
    trace = [_masked(entry) for entry in failure.trace]
    return {"type": failure.type, "message": _masked(failure.message), "trace": trace}


def _response(body: bytes | None) -> dict[str, object] | None:
    """Told apart by key, so that an answer `null` and an answer in text are not mistaken for one another."""
    if body is None:
        return None
    try:
        return {"json": json.loads(body)}
    except ValueError:
        return {"text": body.decode("utf-8", "replace")}


def _masked(text: str) -> str:
    """The text without what looks like a secret in it. The function's answer is shown as it is: it was asked for."""
    pieces, position = [], 0
    for secret in find_secrets(text):
        kept = min(_SECRET_SHOWN, (secret.end - secret.start) // 4)
        pieces += [text[position : secret.start + kept], "****"]
        position = secret.end
    return "".join([*pieces, text[position:]])


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)
