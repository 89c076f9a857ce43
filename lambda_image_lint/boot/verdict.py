"""From what was seen to what Lambda would have said."""

import posixpath

from lambda_image_lint.boot.container import Container, Exit, ImageFacts
from lambda_image_lint.boot.extensions import Extensions
from lambda_image_lint.boot.refusal import kernels_reason, reason_in
from lambda_image_lint.boot.result import Outcome
from lambda_image_lint.boot.runtime_api import Failure, Invocation, RuntimeApi
from lambda_image_lint.errors import SourceError

INVALID_ENTRYPOINT = "Runtime.InvalidEntrypoint"
INVALID_WORKING_DIR = "Runtime.InvalidWorkingDir"
EXIT_ERROR = "Runtime.ExitError"
TIMED_OUT = "Sandbox.Timedout"

_OUTCOMES = {
    INVALID_ENTRYPOINT: Outcome.INVALID_ENTRYPOINT,
    INVALID_WORKING_DIR: Outcome.INVALID_WORKING_DIR,
    TIMED_OUT: Outcome.TIMEOUT,
}


def of_working_dir(container: Container, working_dir: str) -> Failure | None:
    """Docker makes a working directory that is missing, and enters as root one that others may not: Lambda neither."""
    if not working_dir or working_dir == "/":
        return None
    if not working_dir.startswith("/"):
        return Failure(INVALID_WORKING_DIR, _not_absolute(working_dir))
    path = "/"
    for name in posixpath.normpath(working_dir).strip("/").split("/"):
        path = posixpath.join(path, name)
        found = container.stat(path)
        if found is None:
            return Failure(INVALID_WORKING_DIR, f"the working directory doesn't exist: {working_dir}")
        if found.is_directory and not found.may_execute():
            return Failure(INVALID_WORKING_DIR, f"chdir {working_dir}: permission denied")
        # The times first: a daemon's list of changes costs a walk over the whole image.
        if found.is_directory and found.modified >= container.created and container.added(path):
            return Failure(INVALID_WORKING_DIR, f"the working directory doesn't exist: {working_dir}")
    return None


def of_refusal(text: str, image: ImageFacts) -> Failure:
    """What the daemon's refusal to start the process means.

    Raises `SourceError` where the refusal is about the daemon and not about the image.
    """
    if "chdir" in text and "cwd" in text:
        return Failure(INVALID_WORKING_DIR, f"chdir {image.working_dir}: permission denied")
    if "working directory" in text and not image.working_dir.startswith("/"):
        return Failure(INVALID_WORKING_DIR, _not_absolute(image.working_dir))
    words = (*image.entrypoint, *image.command)
    if not words:
        return Failure(INVALID_ENTRYPOINT, "the image has neither ENTRYPOINT nor CMD")
    if (reason := reason_in(text)) is None:
        raise SourceError(f"the Docker daemon does not start the image: {text}")
    return Failure(INVALID_ENTRYPOINT, _launch_error(words[0], reason, image))


def of_exit(exit: Exit, log: str, api: RuntimeApi, image: ImageFacts) -> Failure:
    """What the end of the process means."""
    words = (*image.entrypoint, *image.command)
    if api.calls == 0 and (reason := kernels_reason(log)) is not None:
        return Failure(INVALID_ENTRYPOINT, _launch_error(words[0], reason, image))
    request = f"RequestId: {api.invocation.request_id} " if api.invocation else ""
    if exit.out_of_memory:
        return Failure(EXIT_ERROR, f"{request}Error: Runtime exited with error: signal: killed")
    if exit.code == 0:
        return Failure(EXIT_ERROR, f"{request}Error: Runtime exited without providing a reason")
    return Failure(EXIT_ERROR, f"{request}Error: Runtime exited with error: exit status {exit.code}")


def of_init_timeout(api: RuntimeApi, extensions: Extensions | None, seconds: float) -> Failure:
    """What it means that the init phase never came to its end."""
    if api.first_next_at is None:
        asked = "nothing called the Runtime API" if api.calls == 0 else "the runtime never asked for an event"
    else:
        names = extensions.names if extensions else ()
        waiting = [name for name in names if (found := api.registered(name)) is None or not found.ready]
        asked = f"extension {', '.join(waiting)} is not ready"
    return Failure(TIMED_OUT, f"Init Duration: {seconds * 1000:.2f} ms Phase: init Status: timeout ({asked})")


def of_timeout(invocation: Invocation, seconds: float) -> Failure:
    """What it means that no answer came."""
    return Failure(TIMED_OUT, f"RequestId: {invocation.request_id} Error: Task timed out after {seconds:.2f} seconds")


def outcome(failure: Failure | None, exit: Exit | None, api: RuntimeApi, *, answered: bool) -> Outcome:
    """The one word for what happened."""
    if answered or failure is None:
        return Outcome.OK
    if failure.type.startswith("Extension."):
        return Outcome.EXTENSION_ERROR
    if failure is api.init_failure:
        return Outcome.INIT_ERROR
    if failure is api.invocation_failure:
        return Outcome.FUNCTION_ERROR
    if exit is not None and exit.out_of_memory:
        return Outcome.OUT_OF_MEMORY
    return _OUTCOMES.get(failure.type, Outcome.EXIT)


def rules(failure: Failure | None, log: str) -> tuple[str, ...]:
    """The names of the rules that explain a failure, likeliest first.

    What the process itself wrote names the cause; Lambda's word for it (`Runtime.ExitError`) only the effect.
    """
    if failure is None:
        return ()
    from lambda_image_lint.knowledge import explain_error

    # The table is asked for what a text holds, and never for what holds it, as it would be by a single word.
    asked = (f"the boot said: {failure.message}\n{log}", f"the boot said: {failure.type}")
    known = [error for text in asked for error in explain_error(text)]
    return tuple(dict.fromkeys(rule for error in known for rule in error.rules))


def joined_log(log: str, extensions: dict[str, str]) -> str:
    """The function's own lines, then each extension's under its name."""
    parts = [log, *(f"[{name}] {text}" for name, text in sorted(extensions.items()) if text)]
    return "".join(part if part.endswith("\n") or not part else f"{part}\n" for part in parts)


def _not_absolute(working_dir: str) -> str:
    return f"the working directory '{working_dir}' is invalid, it needs to be an absolute path"


def _launch_error(program: str, reason: str, image: ImageFacts) -> str:
    """Lambda's line about a program that it could not start."""
    shown = [
        f"{name}: [{' '.join(words)}]" for name, words in (("EntryPoint", image.entrypoint), ("Cmd", image.command))
    ]
    return f"Launch error: fork/exec {program}: {reason} {' '.join(shown)} WorkingDir: [{image.working_dir}]"
