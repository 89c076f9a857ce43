"""Whether a file of a builder stage gets into the image: by a COPY --from of it or of a folder around it."""

import re
from posixpath import basename, dirname, join, normpath, relpath

from msgspec import Struct

from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.dockerfile.stages import source_stage
from lambda_image_lint.rulekit.destinations import landing, working_folder
from lambda_image_lint.rulekit.runs import commands
from lambda_image_lint.rulekit.stages import final_stages


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
    return _from_stage(dockerfile, dockerfile.stages[brought.stage], path, brought.index, set())


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


def _from_stage(
    dockerfile: Dockerfile, stage: Stage, path: str, after: int, tried: set[tuple[int, str, int]]
) -> Carried | None:
    """`tried` are the places that led nowhere: between many stages there are more ways than anybody can walk."""
    if (stage.index, path, after) in tried or _may_be_gone(stage, path, after):
        return None
    tried.add((stage.index, path, after))
    final = {one.index for one in final_stages(dockerfile)}
    for later in dockerfile.needed_stages():
        if later.index <= stage.index:
            continue
        if later.base_stage == stage.index:
            found = _from_stage(dockerfile, later, path, -1, tried)
            if found is not None:
                return found
        for copy, landed in _copies(dockerfile, later, stage, path):
            if later.index not in final:
                found = _from_stage(dockerfile, later, landed, copy.index, tried)
            else:
                found = None if _may_be_gone(later, landed, copy.index) else Carried(copy, landed)
            if found is not None:
                return found
    return None


def _copies(dockerfile: Dockerfile, later: Stage, stage: Stage, path: str) -> list[tuple[Instruction, str]]:
    """The COPYs of a stage that take the path from another one, and where each puts it."""
    found = []
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
                found.append((copy, landed))
    return found


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
