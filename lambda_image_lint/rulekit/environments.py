"""Virtual environments of Python that the function's interpreter does not use."""

import re
from collections.abc import Iterator
from posixpath import join, normpath

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.installers import installers
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.function.languages.resolution import Language, MissingImport
from lambda_image_lint.function.languages.start import BASE_CLIENT, start_of
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.rulekit.destinations import working_folder
from lambda_image_lint.rulekit.python_packages import BUILD_TOOLS, requested
from lambda_image_lint.rulekit.stages import final_instructions

_ENDINGS = (".py", "/__init__.py", ".pyc", ".abi3.so", ".so")
_WITHOUT_ENVIRONMENT = (
    "POETRY_VIRTUALENVS_CREATE",
    "virtualenvs.create",
    "UV_PROJECT_ENVIRONMENT",
    "UV_SYSTEM_PYTHON",
    "PIPENV_SYSTEM",
    "--system",
    "--target",
    "PYTHONPATH",
    "site-packages",
    "addsitedir",
)
"""Words that make the packages go elsewhere, or bring them from there."""


class UnusedEnvironment(Struct, frozen=True):
    """A virtual environment that a command fills, and that the AWS base's interpreter does not look into."""

    run: Instruction
    tool: str
    """What fills it, as it is called: ``uv sync``."""
    folder: str


def in_unused_environment(function: Function, missing: MissingImport) -> File | None:
    """The file that would be the missing module if the virtual environment that holds it were used."""
    if missing.name is not None or not missing.file.path.endswith(".py"):
        return None
    return in_environment(function, missing.module)


def in_environment(function: Function, module: str) -> File | None:
    """The file of a module in any virtual environment of the image."""
    tails = tuple(f"/site-packages/{module.replace('.', '/')}{ending}" for ending in _ENDINGS)
    for file in function.files.known_under("/"):
        if file.path.endswith(tails) and _is_environment(function, file.path):
            return file
    return None


def _is_environment(function: Function, path: str) -> bool:
    """Whether ``/opt/venv/lib/python3.13/site-packages/x.py`` is in a virtual environment: no interpreter's own folder."""
    return isinstance(function.files.find(f"{path.partition('/lib/python3')[0]}/pyvenv.cfg"), File)


def unused_environments(function: Function, dockerfile: Dockerfile) -> Iterator[UnusedEnvironment]:
    """Of the final stages of a Dockerfile, where everything that the function needs goes into one of them.

    Silent where another command installs packages too, or copies them, and wherever a word in the file shows that somebody
    has thought of the search path.
    """
    start = start_of(function)
    if isinstance(start, Unknown) or start is None or (start.language, start.client) != (Language.PYTHON, BASE_CLIENT):
        return
    if "AWS_LAMBDA_EXEC_WRAPPER" in function.environment or "PYTHONPATH" in function.environment:
        return
    instructions = list(final_instructions(dockerfile))
    if any(word in one.raw for one in instructions for word in _WITHOUT_ENVIRONMENT):
        return
    if any(one.keyword in ("COPY", "ADD") and _copies_packages(one) for one in instructions):
        return
    found = [each for one in instructions if one.keyword == "RUN" for each in _fills(dockerfile, one)]
    if found and all(each is not None for each in found):
        yield from (each for each in found if each is not None)


def _copies_packages(copy: Instruction) -> bool:
    """From another stage or image anything may come, but for the tools that everybody takes from theirs."""
    flag = copy.flag("from")
    return flag is not None and not re.search(r"astral-sh/uv|/uv\b|/poetry\b|lambda-adapter", copy.raw)


def _fills(dockerfile: Dockerfile, run: Instruction) -> Iterator[UnusedEnvironment | None]:
    """What each installer of a RUN fills; None for one whose packages the interpreter may find, or nobody knows."""
    folder = working_folder(dockerfile, run) or "?"
    for call in installers(run.shell, "pip", "uv", "poetry", "pipenv", "pdm"):
        if not call.installs and call.action not in ("sync", "install"):
            continue
        asked = requested(call)
        if call.tool in ("pip", "uv") and call.action != "sync" and asked is not None and set(asked) <= BUILD_TOOLS:
            continue
        program = call.command.name or ""
        if call.tool == "uv" and call.action == "sync":
            yield UnusedEnvironment(run, "uv sync", normpath(join(folder, ".venv")))
        elif call.tool in ("poetry", "pipenv", "pdm"):
            yield UnusedEnvironment(run, f"{call.tool} {call.action}", "a virtual environment of its own")
        elif call.tool == "pip" and "venv" in program and program.endswith(("/bin/pip", "/bin/pip3", "/bin/python")):
            yield UnusedEnvironment(run, "pip install", normpath(join(folder, program.rpartition("/bin/")[0])))
        else:
            yield None
