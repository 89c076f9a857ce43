"""Start an image as Lambda would, send it an event, and tell what happened.

As in Lambda: the user without a home, the read-only root with a /tmp of its own, no /dev/shm, no capabilities, the
limits of memory, files and processes, the variables, the Runtime API on 127.0.0.1:9001 and nothing else to reach, the
phases with their time-outs, and the words for what goes wrong.

Not as in Lambda: extensions start right after the runtime and not before it (`extensions.py`); there is no snapshot to
restore from, no telemetry, no freezing between events, and no second try of a failed init; the kernel is the host's, and
so is the architecture, unless the daemon emulates the image's.
"""

from lambda_image_lint.boot.render import render_human, render_json
from lambda_image_lint.boot.result import BootOptions, BootResult, Outcome, Phase
from lambda_image_lint.boot.run import boot

__all__ = ["BootOptions", "BootResult", "Outcome", "Phase", "boot", "render_human", "render_json"]
