"""Virtual environments of Python that the function's interpreter does not use."""

import re
from collections.abc import Iterator
from itertools import pairwise
from posixpath import join, normpath

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.installers import Installer, installers
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import Shell
from lambda_image_lint.function.languages.resolution import Language, MissingImport
from lambda_image_lint.function.languages.start import BASE_CLIENT, start_of
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.rulekit.destinations import working_folder
from lambda_image_lint.rulekit.poetry import poetry_makes_environment
from lambda_image_lint.rulekit.projects import project_files, read_toml
from lambda_image_lint.rulekit.python_packages import BUILD_TOOLS, requested
from lambda_image_lint.rulekit.stages import final_instructions
from lambda_image_lint.rulekit.uv import is_refused

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
_WITHOUT_PACKAGES = frozenset(["/var/task", "/var/runtime", "/opt/python"])
"""Folders in PYTHONPATH that no environment's packages are in, unless another command has put them there."""
_PREFIX = "/var/lang"
"""Of the AWS bases' own Python: named by ``VIRTUAL_ENV``, it takes an environment's place."""


class UnusedEnvironment(Struct, frozen=True):
    """A virtual environment that a command fills, and that the AWS base's interpreter does not look into."""

    run: Instruction
    tool: str
    """What fills it, as it is called: ``uv sync``."""
    folder: str
    call: Installer


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


def unused_environments(function: Function, dockerfile: Dockerfile, context: Context) -> Iterator[UnusedEnvironment]:
    """Of the final stages of a Dockerfile, where everything that the function needs goes into one of them.

    Silent where another command installs packages too, or copies them, wherever a word in the file shows that somebody
    has thought of the search path, and where the function needs no packages.
    """
    start = start_of(function)
    if isinstance(start, Unknown) or start is None or (start.language, start.client) != (Language.PYTHON, BASE_CLIENT):
        return
    if "AWS_LAMBDA_EXEC_WRAPPER" in function.environment or not _adds_no_packages(function):
        return
    instructions = list(final_instructions(dockerfile))
    if any(_tells_of_search_path(dockerfile, one) for one in instructions):
        return
    if any(one.keyword in ("COPY", "ADD") and _copies_packages(one) for one in instructions):
        return
    filled = [each for one in instructions if one.keyword == "RUN" for each in _fills(dockerfile, context, one)]
    found = {(each.run.index, each.tool): each for each in filled if each is not None}
    if None not in filled and not all(_is_not_needed(function, dockerfile, context, each) for each in found.values()):
        yield from found.values()


def _adds_no_packages(function: Function) -> bool:
    """Whether PYTHONPATH, if set, names only folders without packages of an environment."""
    value = function.environment.get("PYTHONPATH", "")
    return isinstance(value, str) and all(normpath(each) in _WITHOUT_PACKAGES for each in value.split(":") if each)


def _tells_of_search_path(dockerfile: Dockerfile, one: Instruction) -> bool:
    text = one.raw
    if one.keyword == "ENV":
        text = text.replace("PYTHONPATH", "")  # its value is judged by itself
    for call in installers(one.shell, "pip", "uv") if one.keyword == "RUN" else ():
        if is_refused(call) or _brings_the_project_alone(dockerfile, one, call):
            for option in call.options:
                if option.name in ("--system", "--target"):
                    text = text.replace(option.word.raw, "", 1)
    return any(word in text for word in _WITHOUT_ENVIRONMENT)


def _is_not_needed(function: Function, dockerfile: Dockerfile, context: Context, each: UnusedEnvironment) -> bool:
    from lambda_image_lint.rulekit.package_needs import needs_no_packages

    assert each.run.stage is not None
    name = "Pipfile" if each.call.tool == "pipenv" else "pyproject.toml"
    projects = project_files(dockerfile, context, dockerfile.stages[each.run.stage], each.run, name)
    return len(projects) == 1 and needs_no_packages(function, each.call, read_toml(projects[0]) or None)


def _copies_packages(copy: Instruction) -> bool:
    """From another stage or image anything may come, but for the tools that everybody takes from theirs."""
    flag = copy.flag("from")
    return flag is not None and not re.search(r"astral-sh/uv|/uv\b|/poetry\b|lambda-adapter", copy.raw)


def _fills(dockerfile: Dockerfile, context: Context, run: Instruction) -> Iterator[UnusedEnvironment | None]:
    """What each installer of a RUN fills; None for one whose packages the interpreter may find, or nobody knows."""
    folder = working_folder(dockerfile, run) or "?"
    skipped = _never_run(run.shell)
    for call in installers(run.shell, "pip", "uv", "poetry", "pipenv", "pdm"):
        if call.command.index in skipped or is_refused(call) or _brings_the_project_alone(dockerfile, run, call):
            continue
        if not call.installs and call.action not in ("sync", "install"):
            continue
        asked = requested(call)
        if call.tool in ("pip", "uv") and call.action != "sync" and asked is not None and set(asked) <= BUILD_TOOLS:
            continue
        yield _filled(dockerfile, context, run, call, folder)


def _filled(
    dockerfile: Dockerfile, context: Context, run: Instruction, call: Installer, folder: str
) -> UnusedEnvironment | None:
    program = call.command.name or ""
    if call.tool == "pip":
        if "venv" in program and program.endswith(("/bin/pip", "/bin/pip3", "/bin/python")):
            return UnusedEnvironment(run, "pip install", normpath(join(folder, program.rpartition("/bin/")[0])), call)
        return None
    if call.tool == "uv":
        if call.action not in ("sync", "add") or call.has("--no-sync", "--script"):
            return None
        if call.has("--active") and _takes_the_prefix(dockerfile, run):
            return None
        return UnusedEnvironment(run, f"uv {call.action}", normpath(join(folder, ".venv")), call)
    if _takes_the_prefix(dockerfile, run):
        return None
    if call.tool == "pdm":
        from lambda_image_lint.rulekit.pdm import makes_environment

        if not makes_environment(dockerfile, context, run, call):
            return None
    if call.tool == "poetry" and not poetry_makes_environment(dockerfile, context, run):
        return None
    return UnusedEnvironment(run, f"{call.tool} {call.action}", "a virtual environment of its own", call)


def _takes_the_prefix(dockerfile: Dockerfile, run: Instruction) -> bool:
    """Whether ``VIRTUAL_ENV`` names, or may name, the Python of the base itself."""
    value = dockerfile.variables.value("VIRTUAL_ENV", run)
    return isinstance(value, Unknown) or (value is not None and normpath(value or "/") == _PREFIX)


def _brings_the_project_alone(dockerfile: Dockerfile, run: Instruction, call: Installer) -> bool:
    """``pip install --no-deps .``: the project's own code, and none of what it depends on."""
    if call.tool not in ("pip", "uv") or call.action not in ("install", "pip install") or not call.has("--no-deps"):
        return False
    if call.requirement_files or call.has("--group") or any(run.shell.named("cd", "pushd")):
        return False
    here = working_folder(dockerfile, run)
    texts = [
        run.shell.expand(word, call.command, lambda name: dockerfile.variables.value(name, run))
        for word in (*call.operands, *call.values("-e", "--editable"))
    ]
    return bool(texts) and all(
        isinstance(text, str) and text.partition("[")[0].rstrip("/") in (".", here or ".") for text in texts
    )


def _never_run(shell: Shell) -> frozenset[int]:
    """Commands behind ``&&`` that one which certainly fails keeps from running: of ``a && b || c`` the second.

    Of any other alternative both ways stay possible.
    """
    refused = {call.command.index for call in shell.installers if is_refused(call)}
    found: set[int] = set()
    failed = False
    for command, following in pairwise((*shell.commands, None)):
        assert command is not None
        failed = failed and command.operator_before == "&&"
        if failed:
            found.add(command.index)
        is_piped = following is not None and following.operator_before == "|"
        failed = failed or (command.index in refused and command.is_certain and not command.background and not is_piped)
    return frozenset(found)
