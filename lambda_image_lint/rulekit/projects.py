"""Python projects in a build: what their pyproject.toml says, and what of them is there."""

from collections.abc import Iterator, Mapping

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage

_STRICT_BACKENDS = ("hatchling", "uv_build", "poetry", "flit_core")
"""Build backends that refuse a project whose package is not there; setuptools builds an empty one.
Source: each one's manual on how it finds files; own: ``uv pip install -e .`` in a folder with the list alone."""


def project_list(
    dockerfile: Dockerfile, context: Context, stage: Stage, run: Instruction
) -> Mapping[str, object] | None:
    """The pyproject.toml that is copied or mounted before a RUN; None where there is none, or it does not parse."""
    import tomli

    for file in _before(dockerfile, context, stage, run):
        if file.path.rpartition("/")[2] == "pyproject.toml":
            data = file.read(1 << 20)
            try:
                return None if isinstance(data, Unknown) else tomli.loads(data.decode("utf-8"))
            except (tomli.TOMLDecodeError, UnicodeDecodeError):
                return None  # no tool can read it either: the build itself says so
    return None


def needs_its_sources(project: Mapping[str, object]) -> bool:
    """Whether uv takes it for a package, and its backend refuses to build it without the sources."""
    tool = project.get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    if isinstance(uv, dict) and uv.get("package") is False:
        return False
    system = project.get("build-system")
    backend = system.get("build-backend") if isinstance(system, dict) else None
    return isinstance(backend, str) and backend.startswith(_STRICT_BACKENDS)


def copies_a_folder(dockerfile: Dockerfile, context: Context, stage: Stage, run: Instruction) -> bool:
    """Whether any folder, or anything that is not known, is there before a RUN: the sources may be in it."""
    for one in _copies(dockerfile, stage, run):
        if not context.is_known:
            return True
        if one.flag("from") is not None:
            if one.destination is None or "/bin" not in one.destination.text:
                return True
            continue  # a program: uv itself
        for word in one.sources:
            source = dockerfile.variables.expand(word.template, one)
            if isinstance(source, Unknown) or any(file.is_dir for file in _found(context, source)):
                return True
    return any(file.is_dir for file in _mounted(dockerfile, context, run))


def _before(dockerfile: Dockerfile, context: Context, stage: Stage, run: Instruction) -> Iterator[ContextFile]:
    for one in _copies(dockerfile, stage, run):
        for word in one.sources if one.flag("from") is None else ():
            source = dockerfile.variables.expand(word.template, one)
            if isinstance(source, str):
                yield from _found(context, source)
    yield from _mounted(dockerfile, context, run)


def _copies(dockerfile: Dockerfile, stage: Stage, run: Instruction) -> Iterator[Instruction]:
    for part in dockerfile.stage_chain(stage):
        yield from (one for one in part.all("COPY", "ADD") if one.index < run.index)


def _mounted(dockerfile: Dockerfile, context: Context, run: Instruction) -> Iterator[ContextFile]:
    for flag in run.flags:
        fields = (
            dict(part.partition("=")[::2] for part in (flag.value or "").split(",")) if flag.name == "mount" else {}
        )
        if fields.get("type", "bind") == "bind" and fields and "from" not in fields:
            source = dockerfile.variables.expand(fields.get("source") or fields.get("src") or ".", run)
            yield from _found(context, source) if isinstance(source, str) else ()


def _found(context: Context, source: str) -> tuple[ContextFile, ...]:
    found = context.match(source)
    return () if isinstance(found, Unknown) else found
