"""Secrets that a pipeline of the repository writes into the build context, and a COPY takes into the image."""

from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from posixpath import basename, normpath, relpath
from typing import TYPE_CHECKING

from msgspec import Struct

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.glob import BadPattern, compile_glob, has_wildcard
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.dockerfile.repository import WORKFLOW_FOLDERS, pipelines_around
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.carried import Carried, carried, landed_path
from lambda_image_lint.rulekit.copies import ContextSource, context_sources
from lambda_image_lint.rulekit.stages import final_stages

if TYPE_CHECKING:
    from lambda_image_lint.rulekit.pipelines import Job

_MOST_FILES = 50
_MOST_BYTES = 256 * 1024
"""Read of one."""
_WRITES = lazy(
    r"""(?<![0-9<>=&-])&?>{1,2}[ \t]*(?!["']?\$\{?GITHUB_(?:ENV|OUTPUT|PATH|STATE|STEP)|/dev/)[^\s<>&|]|\btee\b|\bsed\b"""
)


class PipelineSecret(Struct, frozen=True):
    """A file of the context into which a pipeline writes a secret before it builds the image."""

    path: str
    """In the context."""
    secret: str
    """By the name that the pipeline has for it."""
    pipeline: str
    """The pipeline's file, from the top of the repository."""
    place: str
    """The same, relative to the context."""
    line: int
    names_build: bool
    """Whether the pipeline names the folder and the Dockerfile of the build, no template does."""
    is_promised: bool
    """Whether its name says that it is a secret, not only the place where it is kept."""


class CopiedSecret(Struct, frozen=True):
    """A source of a COPY that brings such a file."""

    source: ContextSource
    written: PipelineSecret
    way: Carried | None
    """From a builder, how it gets into the image."""

    @property
    def is_certain(self) -> bool:
        """Whether it certainly is a secret, the build that of this Dockerfile, and nothing stands between it and the image."""
        names_file = normpath(self.source.path).lstrip("/") == self.written.path
        return self.written.is_promised and self.way is None and (self.written.names_build or names_file)


def pipeline_secrets(dockerfile: Dockerfile, context: Context) -> Iterator[CopiedSecret]:
    """Each source that brings such a file into the image, with the first file of its."""
    sources = [*context_sources(dockerfile, context)]
    written = [*_written(dockerfile, context)] if sources else []
    final = {stage.index for stage in final_stages(dockerfile)} if written else set()
    for source in sources if written else ():
        for one in written:
            top = _top(source, one.path)
            if top is None or context.ignore.ignores(one.path):
                continue
            way = None
            if source.copy.stage not in final:
                landed = landed_path(dockerfile, source.copy, top, one.path)
                way = carried(dockerfile, source.copy, landed) if landed is not None else None
                if way is None:
                    continue
            yield CopiedSecret(source, one, way)
            break


def _top(source: ContextSource, path: str) -> str | None:
    """The path that a source names, itself or a folder around it, by which it brings a file; None where it does not."""
    excluded = [flag.value for flag in source.copy.flags if flag.name == "exclude" and flag.value]
    if any(fnmatch(path, pattern) or fnmatch(basename(path), pattern) for pattern in excluded):
        return None
    written = normpath(f"/{source.path}").strip("/")
    if not written:
        return ""
    parts = path.split("/")
    depth = written.count("/") + 1
    above = "/".join(parts[:depth])
    if not has_wildcard(written):
        return above if above == written else None
    try:
        return above if len(parts) >= depth and compile_glob(written, deep=False).matches(above) else None
    except BadPattern:  # the build ends there
        return None


def _written(dockerfile: Dockerfile, context: Context) -> Iterator[PipelineSecret]:
    around = context.around()
    if around is None:
        return
    start = around[1]
    told = set()
    for file in islice(pipelines_around(context), _MOST_FILES):
        content = file.read(_MOST_BYTES)
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
        for found in _of(dockerfile, context, start, file.path, text) if _may_write_secret(file.path, text) else ():
            if found.path not in told:
                told.add(found.path)
                yield found


def _of(dockerfile: Dockerfile, context: Context, start: str, pipeline: str, text: str) -> Iterator[PipelineSecret]:
    """Of one pipeline, for builds of this Dockerfile; `start` is the context's folder from the top of the repository."""
    # Few repositories have a pipeline that comes this far, and what reads it costs every run milliseconds.
    from lambda_image_lint.rulekit.declared_secrets import promises_secret
    from lambda_image_lint.rulekit.pipelines import jobs
    from lambda_image_lint.rulekit.secret_writes import written_secrets

    place = relpath(f"/{pipeline}", f"/{start}")
    for job in jobs(pipeline, text):
        for written, built in written_secrets(job) if _may_hold_one(job) else ():
            path = relpath(f"/{written.path}", f"/{start}")
            is_ours = built.context is None or (
                built.context == start and _is_file(dockerfile, context, start, built.file or "")
            )
            if is_ours and not path.startswith(".."):
                names_build = built.context is not None
                promised = promises_secret(written.secret, is_all=True)
                yield PipelineSecret(path, written.secret, pipeline, place, written.line, names_build, promised)


def _may_hold_one(job: "Job") -> bool:
    """The same of one job, and whether it is given a secret at all."""
    texts = (text for step in job.steps for text in (*step.expressions, *step.given.values()))
    given = job.has_settings or job.secrets or any("secrets" in text for text in (*job.environment.values(), *texts))
    return bool(given) and any(_WRITES.search(step.text) for step in job.steps)


def _may_write_secret(path: str, text: str) -> bool:
    """Whether it is worth reading: most pipelines write into no file but those that the runner reads itself."""
    return _WRITES.search(text) is not None and ("secrets" in text or not path.startswith(WORKFLOW_FOLDERS))


def _is_file(dockerfile: Dockerfile, context: Context, start: str, file: str) -> bool:
    """Whether a path from the top of the repository is that of the Dockerfile."""
    if context.root is None:
        return normpath(dockerfile.path) == file
    top = context.root.resolve()
    for _ in start.split("/") if start else ():
        top = top.parent
    own = Path(dockerfile.path).resolve()
    return own == top / file
