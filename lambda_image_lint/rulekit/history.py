"""The steps of an image's history, as a message may show them."""

import re

from lambda_image_lint.secrets import find_secrets

_LONGEST = 60
"""Characters of a step that are shown. Own choice: a message stays on one line."""
_SHOWN_OF_SECRET = 4
"""Characters of a secret that may be shown; of a short one no more than a quarter."""

# Compiled at first use: a check of a Dockerfile loads this and needs none of them.
# The older builder marks what ran nothing; both record the build arguments of a RUN before its shell.
_NO_OPERATION = r"^/bin/sh -c #\(nop\)\s+"
_SHELL = r"/(?:usr/)?bin/(?:ba|da|a|k|z)?sh (?:-\w+ (?:pipefail )?){0,4}?-\w*c "
_RUN = rf"(?s)(?:RUN )?(?:\|\d+ .*? )?{_SHELL}(?P<command>.*)"
_ARGUMENTS = rf"(?s)(?:RUN )?\|\d+ (?P<arguments>.*?)(?: {_SHELL}.*)?"


def shown_step(created_by: str) -> str:
    """A step in the words of a Dockerfile, on one line, cut short, its secrets masked; empty where there is none."""
    step = re.sub(_NO_OPERATION, "", created_by.removesuffix("# buildkit").strip())
    if run := re.match(_RUN, step):
        step = f"RUN {run['command']}"
    step = masked(" ".join(step.split()))
    return step if len(step) <= _LONGEST else f"{step[: _LONGEST - 1].rstrip()}…"


def masked(text: str) -> str:
    """A step with no more than the first characters of each secret left."""
    parts, done = [], 0
    for secret in find_secrets(text, dockerfile=True):
        shown = min(_SHOWN_OF_SECRET, (secret.end - secret.start) // 4)
        parts += [text[done : secret.start + shown], "****"]
        done = secret.end
    return "".join([*parts, text[done:]])


def build_arguments(created_by: str) -> str:
    """The build arguments that a step recorded, ``NAME=value NAME=value`` as they stand; empty where it has none."""
    match = re.fullmatch(_ARGUMENTS, created_by.strip())
    return match["arguments"] if match else ""
