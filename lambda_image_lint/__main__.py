"""``python -m lambda_image_lint``, and the entry point of the command ``lint-image``."""

import atexit
import gc
import os
import sys

COMMANDS = frozenset({"check", "explain", "rules", "boot", "config", "schema", "baseline"})
_TOP_LEVEL = frozenset({"--help", "-h", "--version", "-V", "--install-completion", "--show-completion"})
_COMPLETION = "_LINT_IMAGE_COMPLETE"
"""Set by a shell that asks Typer for completions."""
_FEWER_COLLECTIONS = (100_000, 20, 20)
"""What is loaded stays: looking through it for garbage at Python's own pace is a tenth of a short run. Own measurement."""


def main() -> None:
    """Run the command line; a bare ``lint-image TARGET`` is ``lint-image check TARGET``."""
    gc.set_threshold(*_FEWER_COLLECTIONS)
    words = sys.argv[1:]
    if not words or (words[0] not in COMMANDS and words[0] not in _TOP_LEVEL):
        words = ["check", *words]
    try:
        _run(words)
    except SystemExit as ended:
        if isinstance(ended.code, int):
            _leave(ended.code)
        raise
    except KeyboardInterrupt:
        sys.exit(130)  # before the command could tell it
    except Exception:
        # Python would end with 1, which means "findings": a fault of ours must not look like one.
        import traceback

        traceback.print_exc()
        print("internal error: please report it, with what is above", file=sys.stderr)
        sys.exit(2)


def _run(words: list[str]) -> None:
    """Run a command line. Ends in `SystemExit`."""
    options = [word for word in words if word.startswith("-") and word != "-"]
    if words[0] != "check" or options or _COMPLETION in os.environ:
        from lambda_image_lint.cli import run

        run(words)
        return
    # Targets alone, as a hook gives them: nothing to parse, and Typer would be a third of the run.
    from lambda_image_lint.telling import telling

    with telling():
        from lambda_image_lint.check import Request
        from lambda_image_lint.output import run_check

        code = run_check(Request(words[1:] or ["."]), output=None, quiet=False, verbose=False)
    sys.exit(code)


def _leave(code: int) -> None:
    """End without taking apart what was loaded, which is a tenth of a short run. Own measurement.

    Returns where Python has to end in its own way: a stream that cannot be written, a thread that runs on, a profiler.
    """
    threading = sys.modules.get("threading")
    if (threading and threading.active_count() > 1) or sys.getprofile() or sys.gettrace():
        return
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return
    atexit._run_exitfuncs()
    os._exit(code)


if __name__ == "__main__":
    main()
