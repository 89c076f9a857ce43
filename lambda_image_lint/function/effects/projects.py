"""uv, poetry and their like: projects with an environment of their own."""

from collections.abc import Mapping

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.effects.call import Argument, Call
from lambda_image_lint.function.effects.python import PIP_VALUES, environment, merged, note, pip, program_folders
from lambda_image_lint.function.effects.requirements import project_dependencies, requirement
from lambda_image_lint.function.effects.unknown import only_asks, works_in_its_folder
from lambda_image_lint.function.model import File, Packaged


def uv(call: Call) -> None:
    """``uv pip …`` is pip; ``uv sync`` makes ``.venv`` or what UV_PROJECT_ENVIRONMENT names."""
    words = [word.text for word in call.options(PIP_VALUES).positionals]
    if words[:1] == ["export"] or words[:2] == ["pip", "compile"]:
        _export(call, call.options(PIP_VALUES).last("-o", "--output-file"), declares=words[0] == "export")
    elif words[:1] == ["pip"]:
        pip(_without_first(call))
    elif words[:1] == ["venv"]:
        environment(call, call.path(words[1]) if len(words) > 1 and isinstance(words[1], str) else call.path(".venv"))
    elif words[:1] in (["sync"], ["add"], ["run"]):
        project = call.environment.get("UV_PROJECT_ENVIRONMENT")
        _project(call, call.path(".venv") if project is None else project)
        if words[0] == "run":
            works_in_its_folder(call)
    elif words[:1] in (["tool"], ["python"], ["self"], ["cache"]):
        call.blur("/root/.local", changes=False)
    elif not only_asks(call):
        works_in_its_folder(call)


def poetry(call: Call) -> None:
    """poetry, pdm, pipenv: a virtual environment in the project, in root's home, or none."""
    if call.texts[:1] == ("config",) and "--local" in call.texts:
        call.blur(call.path("poetry.toml"))
    elif call.texts[:1] == ("lock",):
        call.blur(call.path("poetry.lock"))
    if only_asks(call) or call.texts[:1] in (("config",), ("--version",), ("self",), ("lock",)):
        return
    if call.texts[:1] == ("export",):
        _export(call, call.options(("-o", "--output", "-f", "--format")).last("-o", "--output"), declares=True)
        return
    names = _project(call, call.path(".venv"))
    packaged = Packaged(f"{call.line} may have brought it", call.place, packages=names)
    if call.program == "pdm":
        # Before version 2, and later where it is told to. Source: https://pdm-project.org/en/latest/usage/pep582/
        call.blur(call.path("__pypackages__"), changes=False, unknown=packaged)
    for folder in (*program_folders(call), "/root"):
        call.blur(folder, changes=False, unknown=packaged)


def _export(call: Call, output: Argument | None, *, declares: bool) -> None:
    """A requirements file of what the project depends on; its lines are not known, the names in it are."""
    if output is None:
        return
    known = _document(call) if declares else None
    names = _declared(call, known)
    if known is not None and brings_itself(call, known):
        names = merged(names, _modules(call, known))
    path = call.path(output)
    call.blur(path)
    if isinstance(path, str):
        call.building.exported[path] = names


def _project(call: Call, folder: Answer[str]) -> tuple[str, ...] | None:
    """A project's packages go to a folder; their names as far as its pyproject.toml declares them."""
    known = _document(call)
    names = _declared(call, known)
    if names is None:
        call.building.install_gaps.append(call.unknown(f"what {call.line} installs is not known"))
    if known is not None and brings_itself(call, known):
        names = merged(names, _modules(call, known))
    packaged = Packaged(f"{call.line} may have brought it", call.place, packages=names)
    call.blur(folder, unknown=packaged)
    for name in ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"):
        call.blur(call.path(name))
    return names


def _document(call: Call) -> Mapping[str, object] | None:
    return document(call, call.path("pyproject.toml"))


def document(call: Call, path: Answer[str]) -> Mapping[str, object] | None:
    """A project's pyproject.toml; None where it is not known."""
    found = path if isinstance(path, Unknown) else call.files.find(path)
    content = found.read() if isinstance(found, File) else call.unknown("pyproject.toml is not known")
    if isinstance(content, Unknown):
        return None
    from lambda_image_lint.toml import TomlError, parse

    try:
        return parse(content.decode("utf-8", "replace"))
    except TomlError:
        return None


def _declared(call: Call, document: Mapping[str, object] | None) -> tuple[str, ...] | None:
    """The dependencies that it declares, in the tables of the standard and of Poetry, noted as installed."""
    if document is None:
        return None
    wanted = [requirement(text) for text in project_dependencies(document)]
    names: tuple[str, ...] | None = ()
    for one in wanted:
        names = merged(names, note(call, one))
    return names


_LEAVES_ITSELF_OUT = frozenset(
    "--no-install-project --no-install-workspace --no-emit-project --no-emit-workspace --only-group --only-dev --no-root"
    " --no-self".split()
)
"""Source: ``uv sync --help``, ``uv export --help``, ``poetry install --help``, ``pdm sync --help``; read 2026-11-28."""


def brings_itself(call: Call, document: Mapping[str, object]) -> bool:
    """Whether the project, or another of its workspace, is installed besides what it depends on.

    Source: https://docs.astral.sh/uv/concepts/projects/config/#project-packaging,
    https://python-poetry.org/docs/pyproject/#package-mode; read 2026-11-28.
    """
    if any(text.partition("=")[0] in _LEAVES_ITSELF_OUT for text in call.texts) or call.program == "pipenv":
        return False
    tool = document.get("tool")
    own = tool.get(call.program) if isinstance(tool, dict) else None
    settings = own if isinstance(own, dict) else {}
    if call.program == "uv":
        return bool(settings.get("package", "build-system" in document)) or "workspace" in settings
    return call.texts[:1] != ("export",) and settings.get("package-mode") is not False


_RENAMING = ("force-include", "package-dir", "sources", "hooks", "to")
"""Settings of build backends by which a module may be called otherwise than its file. Source: the manuals of hatchling,
setuptools and Poetry, read 2026-11-28."""
_NAMES_MAX = 2000
"""Names of folders and modules in a project; own: what has more is not gone through."""


def _modules(call: Call, document: Mapping[str, object]) -> tuple[str, ...] | None:
    """What a project's modules can be called: like its sources and the folders around them. None where not all is known."""
    folder = call.folder
    if isinstance(folder, Unknown) or any(f"'{word}':" in str(document) for word in _RENAMING):
        return None
    gap = call.files.gap(folder)
    if gap is not None and not (isinstance(gap, Packaged) and gap.packages is not None):
        return None
    names: set[str] = set()
    for path in call.files.paths(folder):
        if path.endswith((".py", ".pyx", ".so")):
            names.update(part.partition(".")[0] for part in path[len(folder) :].split("/"))
        if len(names) > _NAMES_MAX:
            return None
    # Without any source yet, an editable install looks where they will be copied.
    return tuple(sorted(names - {""})) or None


def _without_first(call: Call) -> Call:
    index = next(number for number, text in enumerate(call.texts) if text == "pip")
    return Call(
        call.building,
        "pip",
        "pip",
        call.arguments[index + 1 :],
        call.folder,
        call.place,
        call.environment,
        call.command,
    )


EFFECTS = {"uv": uv, **dict.fromkeys(("poetry", "pdm", "pipenv", "rye", "hatch", "pipx"), poetry)}
