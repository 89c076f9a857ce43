"""What the function would use from root's home, which is closed to it."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.dockerfile.installers import installers
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.finding import Place
from lambda_image_lint.function.chain import StepKind, chain
from lambda_image_lint.function.model import Barrier, File, Found, Function, Kind
from lambda_image_lint.knowledge import base_files
from lambda_image_lint.rulekit.destinations import landing
from lambda_image_lint.rulekit.stages import final_instructions

_HOME = "/root"
_SEARCHED = {
    "PYTHONPATH": "Python",
    "PYTHONHOME": "Python",
    "PYTHONUSERBASE": "Python",
    "NODE_PATH": "Node",
    "GEM_HOME": "Ruby",
}
"""Variable → who looks there for packages at run time."""
_TOOLS = {
    ".local": "packages of pip --user", ".local/lib": "packages of pip --user", ".local/share/uv": "uv's Python",
    ".pyenv": "pyenv's Python", ".nvm": "nvm's Node", "miniconda3": "conda", "anaconda3": "conda", "miniforge3": "conda",
    ".local/share/pypoetry": "Poetry", ".cache/pypoetry": "Poetry's environments", ".gem": "gems", ".rbenv": "rbenv's Ruby",
    ".sdkman": "SDKMAN's Java", ".dotnet": ".NET", ".volta": "Volta's Node",
}  # fmt: skip
"""Folder below the home → what tools keep in it. Sources: the tools' own manuals, read 2026-11-23."""


class InHome(Struct, frozen=True):
    """Something of the function that lies in root's home."""

    what: str
    """In words: ``uv's Python``, ``what Python looks for by PYTHONPATH``, ``the program node``."""
    folder: str
    place: Place


def used_from_home(function: Function, dockerfile: Dockerfile | None) -> Iterator[InHome | Unknown]:
    """What is certainly used at run time, and certainly closed."""
    told: set[str] = set()
    for found in _all(function, dockerfile):
        barrier = function.files.executable(found.folder)
        closed = isinstance(barrier, Barrier)
        if isinstance(barrier, Unknown) and dockerfile is not None:
            closed = _stays_closed(function, dockerfile)
        if not closed and isinstance(barrier, Unknown):
            yield barrier
        elif closed and found.folder not in told:
            told.add(found.folder)
            yield found


def _stays_closed(function: Function, dockerfile: Dockerfile) -> bool:
    """Whether the base closes the home and no step names it with chmod: what an installer does inside opens nothing."""
    reference = function.base_reference
    known = base_files(reference) if isinstance(reference, str) else None
    if known is None or _HOME not in known.private:
        return False
    runs = final_instructions(dockerfile, "RUN")
    words = [
        word for run in runs for command in run.shell.named("chmod", "usermod", "install") for word in command.arguments
    ]
    return not any(word.text is None or word.text.rstrip("/") in (_HOME, "~", "/") for word in words)


def _all(function: Function, dockerfile: Dockerfile | None) -> Iterator[InHome]:
    if dockerfile is not None:
        yield from _copied(dockerfile)
        yield from _installed(dockerfile)
    for name in _SEARCHED:
        value = function.environment.get(name, "")
        for folder in value.split(":") if isinstance(value, str) else ():
            if folder.startswith(f"{_HOME}/") and not isinstance(function.files.find(folder), Absent):
                where = function.where(f"environment.{name}")
                yield InHome(f"what {_SEARCHED[name]} looks for by {name}", folder.rstrip("/"), where)
    yield from _started(function)


def _copied(dockerfile: Dockerfile) -> Iterator[InHome]:
    """``COPY --from=build /root/.local /root/.local``."""
    for copy in final_instructions(dockerfile, "COPY", "ADD"):
        target = landing(dockerfile, copy)
        for folder, what in _TOOLS.items():
            if target == f"{_HOME}/{folder}" and copy.flag("from") is not None:
                yield InHome(what, target, copy.place)


def _installed(dockerfile: Dockerfile) -> Iterator[InHome]:
    """``uv python install``, where an environment is then made with that Python."""
    for run in final_instructions(dockerfile, "RUN"):
        for call in installers(run.shell, "uv"):
            if call.action != "python install" or dockerfile.variables.value("UV_PYTHON_INSTALL_DIR", run):
                continue
            later = [
                one
                for other in final_instructions(dockerfile, "RUN")
                if other.index >= run.index
                for one in installers(other.shell, "uv")
            ]
            if any(one.action in ("venv", "sync") for one in later):
                yield InHome("uv's Python", f"{_HOME}/.local/share/uv", run.at(call.command.span))


def _started(function: Function) -> Iterator[InHome]:
    """A program of the start that PATH gives from there alone; one that is known to lie there is told as not executable."""
    steps, path = chain(function), function.environment.get("PATH")
    if isinstance(steps, Unknown) or not isinstance(path, str):
        return
    folders = path.split(":")
    homes = [folder for folder in folders if folder.startswith(f"{_HOME}/")]
    for step in steps:
        if step.kind is not StepKind.PROGRAM or not step.is_certain or not step.name or isinstance(step.found, File):
            continue
        if step.name.startswith(f"{_HOME}/"):
            yield InHome(f"the program {step.program}", step.name, step.place)
        elif "/" not in step.name and homes:
            elsewhere = [function.files.find(f"{folder}/{step.name}") for folder in folders if folder not in homes]
            # Unknown: another folder of PATH may hold it as well.
            if not any(isinstance(one, Unknown) or _is_file(one) for one in elsewhere):
                yield InHome(f"the program {step.program}", homes[0], step.place)


def _is_file(found: Found) -> bool:
    return isinstance(found, File) and found.kind is Kind.FILE
