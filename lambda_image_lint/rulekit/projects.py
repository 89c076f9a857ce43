"""Python projects in a build: what their pyproject.toml says, and what of them is there."""

from collections.abc import Iterator, Mapping

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.rulekit.runs import mounts

_STRICT_BACKENDS = ("hatchling", "uv_build", "poetry", "flit_core")
"""Build backends that refuse a project whose package is not there; setuptools builds an empty one.
Source: each one's manual on how it finds files; own: ``uv pip install -e .`` in a folder with the list alone."""


def project_list(
    dockerfile: Dockerfile, context: Context, stage: Stage, run: Instruction
) -> Mapping[str, object] | None:
    """The pyproject.toml that is copied or mounted before a RUN; None where there is none, or it does not parse."""
    for file in _before(dockerfile, context, stage, run):
        if file.path.rpartition("/")[2] == "pyproject.toml":
            return read_toml(file)
    return None


def root_project(context: Context) -> Mapping[str, object] | None:
    """The pyproject.toml at the root of the context, which a COPY of everything brings."""
    file = context.find("pyproject.toml")
    return None if file is None or isinstance(file, Unknown) else read_toml(file)


def project_files(
    dockerfile: Dockerfile, context: Context, stage: Stage, run: Instruction, name: str
) -> tuple[ContextFile, ...]:
    """The files of a name that are copied or mounted before a RUN, those right inside of a folder too."""
    found: dict[str, ContextFile] = {}
    for file in _before(dockerfile, context, stage, run):
        inner = context.find(f"{file.path}/{name}".lstrip("/")) if file.is_dir else None
        each = inner if isinstance(inner, ContextFile) else file
        if each.path.rpartition("/")[2] == name:
            found[each.path] = each
    return tuple(found.values())


def read_toml(file: ContextFile) -> Mapping[str, object] | None:
    """A file of settings; None where it cannot be read, or is no TOML."""
    from lambda_image_lint.toml import TomlError, parse

    data = file.read(1 << 20)
    try:
        return None if isinstance(data, Unknown) else parse(data.decode("utf-8"))
    except (TomlError, UnicodeDecodeError):
        return None  # no tool can read it either: the build itself says so


def development_groups(project: Mapping[str, object], tool: str) -> bool:
    """Whether uv or Poetry, told nothing else, installs groups of development dependencies."""
    return any(default_groups(project, tool))


def default_groups(project: Mapping[str, object], tool: str) -> Iterator[str]:
    """Names of the groups with dependencies that uv, Poetry or pdm installs besides the main ones, told nothing else.

    Source: https://docs.astral.sh/uv/concepts/projects/dependencies/#development-dependencies,
    https://python-poetry.org/docs/managing-dependencies/#dependency-groups; read 2026-11-28.
    """
    groups = _table(project, "dependency-groups")
    own = _table(_table(project, "tool"), tool)
    if own.get("dev-dependencies"):
        yield "dev"
    if tool == "uv":
        wanted = own.get("default-groups", ["dev"])
        for name in groups:
            if groups[name] and (wanted == "all" or (isinstance(wanted, list) and name in wanted)):
                yield name
        return
    tables = _table(own, "group")
    optional = {name for name in tables if _table(tables, name).get("optional") is True}
    named = [name for name in tables if _table(tables, name).get("dependencies")] + [
        name for name in groups if groups[name]
    ]
    yield from (name for name in named if name not in optional and name != "main")


def _table(document: Mapping[str, object], key: str) -> dict[str, object]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


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
    for fields in mounts(run):
        if fields.get("type", "bind") == "bind" and "from" not in fields:
            source = dockerfile.variables.expand(fields.get("source") or fields.get("src") or ".", run)
            yield from _found(context, source) if isinstance(source, str) else ()


def _found(context: Context, source: str) -> tuple[ContextFile, ...]:
    found = context.match(source)
    return () if isinstance(found, Unknown) else found
