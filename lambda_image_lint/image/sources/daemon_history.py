"""An image's history as the Docker API tells it, turned back into what the image config says.

The API gives each step's size and leaves out which steps made no layer, which is what lays the steps over the layers.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

_METADATA_STEP = re.compile(
    r"(?:/bin/sh -c #\(nop\)\s+)?"
    r"(?:ENV|ARG|LABEL|CMD|ENTRYPOINT|EXPOSE|USER|VOLUME|STOPSIGNAL|HEALTHCHECK|ONBUILD|MAINTAINER|SHELL)\b"
)
"""Instructions that never make a layer, as BuildKit (bare) and Docker's older builder (after its marker) write them."""

_WORKDIR_STEP = re.compile(r"(?:/bin/sh -c #\(nop\)\s+)?WORKDIR\b")


def history_of(steps: Sequence[Mapping[str, Any]], layer_count: int) -> list[dict[str, Any]]:
    """The config's ``history``, first step first.

    `steps` are the API's, last step first. A step of zero bytes may have made a layer (``RUN true``) or none (``ENV``).
    Where neither sizes nor instructions account for exactly `layer_count` layers, every step is left as making one, so
    that the count disagrees and nobody lays the steps over the wrong layers.
    """
    ordered = list(reversed(steps))
    for made_layer in (_by_size, _by_instruction, _by_instruction_but_workdir):
        flags = [made_layer(step) for step in ordered]
        if sum(flags) == layer_count:
            break
    else:
        flags = [True] * len(ordered)
    return [_entry(step, made) for step, made in zip(ordered, flags, strict=True)]


def _by_size(step: Mapping[str, Any]) -> bool:
    return bool(step.get("Size"))


def _by_instruction(step: Mapping[str, Any]) -> bool:
    return bool(step.get("Size")) or not _METADATA_STEP.match(step.get("CreatedBy") or "")


def _by_instruction_but_workdir(step: Mapping[str, Any]) -> bool:
    """A WORKDIR makes a layer only where the folder was not there."""
    return _by_instruction(step) and (bool(step.get("Size")) or not _WORKDIR_STEP.match(step.get("CreatedBy") or ""))


def _entry(step: Mapping[str, Any], made_layer: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"created_by": step.get("CreatedBy") or ""}
    created = step.get("Created")
    if isinstance(created, int) and created > 0:
        entry["created"] = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if step.get("Comment"):
        entry["comment"] = step["Comment"]
    if not made_layer:
        entry["empty_layer"] = True
    return entry
