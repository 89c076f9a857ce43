"""Whether a file of a builder stage gets into the image: by a COPY --from of it or of a folder around it."""

import re
from collections import deque
from collections.abc import Iterator
from posixpath import basename, dirname, join, normpath, relpath

from msgspec import Struct

from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.dockerfile.stages import source_stage
from lambda_image_lint.rulekit.destinations import landing, working_folder
from lambda_image_lint.rulekit.runs import commands
from lambda_image_lint.rulekit.stages import final_stages

_MOST_PLACES = 200
"""Followed of one file."""


class Carried(Struct, frozen=True):
    """A file that a builder's COPY brought, on its way into the image."""

    copy: Instruction
    """Of a stage that becomes the image."""
    path: str
    """In the image."""


def carried(dockerfile: Dockerfile, brought: Instruction, path: str) -> Carried | None:
    """How a file gets into the image which an instruction of a builder put at an absolute path.

    None where no chain of COPY --from does, and where a command on the way may take the file away: it names the file or a
    folder around it, or removes by a pattern.
    """
    if brought.stage is None:
        return None
    final = {one.index for one in final_stages(dockerfile)}
    # Ways can double at each stage: those to the same place are one, and a person writes a handful.
    waiting: deque[tuple[Stage, str, Instruction | None]] = deque([(dockerfile.stages[brought.stage], path, brought)])
    seen: set[tuple[int, str]] = set()
    while waiting and len(seen) < _MOST_PLACES:
        stage, here, copy = waiting.popleft()
        if (stage.index, here) in seen:
            continue
        seen.add((stage.index, here))
        if _may_be_gone(stage, here, -1 if copy is None else copy.index):
            continue
        if copy is not None and stage.index in final:
            return Carried(copy, here)
        for later in dockerfile.needed_stages():
            if later.base_stage == stage.index:
                waiting.append((later, here, None))
            waiting.extend((later, landed, taken) for taken, landed in _copies(dockerfile, later, stage, here))
    return None


def landed_path(dockerfile: Dockerfile, copy: Instruction, source: str, path: str) -> str | None:
    """Where a file lands that a COPY of `source`, itself or a folder around it, brings; None where that is not known."""
    target = landing(dockerfile, copy)
    if target is None or copy.destination is None:
        return None
    if path != source:
        return normpath(join(target, relpath(f"/{path}", f"/{source}")))
    written = copy.destination.text
    into_folder = len(copy.sources) > 1 or written.endswith("/") or basename(written) in (".", "..")
    if into_folder or target == working_folder(dockerfile, copy):
        return join(target, basename(path))
    return target


def _copies(dockerfile: Dockerfile, later: Stage, stage: Stage, path: str) -> Iterator[tuple[Instruction, str]]:
    """The COPYs of a stage that take the path from another one, and where each puts it."""
    for copy in later.all("COPY"):
        flag = copy.flag("from")
        source = source_stage(dockerfile, flag.value, copy.stage) if flag is not None and flag.value else None
        if source is None or source.index != stage.index or copy.flag("exclude") is not None:
            continue
        for word in copy.sources:
            written = dockerfile.variables.expand(word.template, copy)
            folder = normpath(join("/", written)) if isinstance(written, str) else None
            if folder is None or not f"{path}/".startswith(f"{folder.rstrip('/')}/"):
                continue
            landed = landed_path(dockerfile, copy, folder.lstrip("/"), path.lstrip("/"))
            if landed is not None:
                yield copy, landed


def _may_be_gone(stage: Stage, path: str, after: int) -> bool:
    """Whether a command behind an instruction may take a file away."""
    name, parts = basename(path), set(path.split("/")) - {""}
    for run in stage.all("RUN"):
        if run.index > after and (name in run.raw or "-delete" in run.raw):
            return True
    return any(
        run.index > after and any(_may_mean(word.text, path, parts) for word in command.arguments)
        for run, command in commands((stage,), "rm", "mv", "git")
    )


def _may_mean(word: str | None, path: str, parts: set[str]) -> bool:
    """Whether a word of a command may stand for a file or for a folder around it."""
    if word is None:
        return True
    literal = re.split(r"[*?\[{]", word, maxsplit=1)[0]
    if literal == word:
        return basename(word.rstrip("/")) in parts
    return not word.startswith("/") or path.startswith(literal if literal.endswith("/") else f"{dirname(literal)}/")
