"""How a run that cannot go on ends: in a sentence and an exit code."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from lambda_image_lint.errors import LintImageError

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


@contextmanager
def telling() -> Iterator[None]:
    """Errors as one clear sentence and what to do, on standard error; never a traceback for what a user can meet.

    Raises `SystemExit` with the exit code.
    """
    try:
        yield
    except LintImageError as error:
        _fail(error)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python would complain once more while it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _fail(error: LintImageError) -> NoReturn:
    from lambda_image_lint.report.view import line

    print(f"error: {line(error.message)}", file=sys.stderr)
    if error.help:
        print(f"  help: {line(error.help)}", file=sys.stderr)
    sys.exit(error.exit_code)
