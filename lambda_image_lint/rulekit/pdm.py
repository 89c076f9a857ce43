"""Where pdm puts packages: into a virtual environment, or into ``__pypackages__`` (PEP 582).

Source: ``pdm/project/core.py`` and ``pdm/project/config.py`` of 1.13.3 and 2.29.4; own: pdm 2.29.4 makes a ``.venv`` although
``[tool.pdm.python]`` of pyproject.toml says ``use_venv = false``; read and run 2026-11-29.
"""

from collections.abc import Iterator, Mapping

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.projects import project_files, read_toml

_REQUIREMENT = lazy(r"pdm(?:\[[^\]]*\])?\s*(?P<versions>(?:[=<>!~].*)?)")
_VERSION = lazy(r"\s*(?P<operator>===?|[<>!~]=|[<>])\s*v?(?P<major>\d+)(?P<rest>[\d.]*)")
_OFF = ("false", "no", "0", "")
"""Source: ``ensure_boolean`` of pdm."""
_FOLDER = "__pypackages__"
_SETTINGS = ("pdm.toml", ".pdm.toml")


def makes_environment(dockerfile: Dockerfile, context: Context, run: Instruction, call: Installer) -> bool:
    """Whether a call of pdm certainly installs into a virtual environment.

    Since version 2 it makes one, unless ``python.use_venv`` is off or a folder ``__pypackages__`` is there.
    """
    assert run.stage is not None
    stage = dockerfile.stages[run.stage]
    if call.has("-g", "--global") or _value(dockerfile, run, call.command, "PDM_USE_VENV") not in (None, True):
        return False
    if _value(dockerfile, run, call.command, "PDM_PYTHON") is not None:
        return False
    if project_files(dockerfile, context, stage, run, _FOLDER) or _names_folder(dockerfile, stage, run, call):
        return False
    settings = (read_toml(file) for name in _SETTINGS for file in project_files(dockerfile, context, stage, run, name))
    if any(each is None or _is_off(each) for each in settings):
        return False
    return _is_2(dockerfile, stage, run, call)


def _value(dockerfile: Dockerfile, run: Instruction, command: Command, name: str) -> Answer[bool | None]:
    """A variable at a command, as pdm reads a switch; None: it is not set."""
    own = next((one.value for one in command.assignments if one.name == name), None)
    value: Answer[str | None]
    if own is not None:
        value = own.text if own.text is not None else Unknown(f"{name} is known only when it runs")
    else:
        value = run.shell.value(name, command, lambda each: dockerfile.variables.value(each, run))
    return value.lower() not in _OFF if isinstance(value, str) else value


def _names_folder(dockerfile: Dockerfile, stage: Stage, run: Instruction, call: Installer) -> bool:
    """Whether anything before the call may have made ``__pypackages__``, or chosen a Python that is no environment's."""
    for one in _instructions_until(dockerfile, stage, run):
        if one is not run and _FOLDER in one.raw:
            return True
    for command in _before(dockerfile, stage, run, call):
        words = [word.text or word.raw for word in command.words]
        if any(_FOLDER in word for word in words) or (command.program == "pdm" and words[1:2] == ["use"]):
            return True
        if command.program == "pdm" and "config" in words and "python.use_venv" in words:
            setting = words[words.index("python.use_venv") + 1 :]
            if setting and (setting[0].lower() in _OFF or "$" in setting[0]):
                return True
    return False


def _is_off(settings: Mapping[str, object]) -> bool:
    python = settings.get("python")
    value = python.get("use_venv", True) if isinstance(python, dict) else settings.get("python.use_venv", True)
    return str(value).lower() in _OFF


def _is_2(dockerfile: Dockerfile, stage: Stage, run: Instruction, call: Installer) -> bool:
    """Whether this file installs pdm, and certainly version 2 or later."""
    versions = [
        each for command in _before(dockerfile, stage, run, call) for each in _versions(dockerfile, run, command)
    ]
    return bool(versions) and all(versions)


def _versions(dockerfile: Dockerfile, run: Instruction, command: Command) -> Iterator[bool]:
    """For each time that a command brings pdm, whether that is version 2 or later for certain."""
    for word in command.arguments:
        match = _REQUIREMENT.fullmatch(word.text if word.text is not None else word.prefix)
        if match is not None and command.program != "pdm":
            yield word.text is not None and not any(_is_below_2(one) for one in match["versions"].split(","))
    source = command.piped_from
    if source is not None and any("install-pdm.py" in word.raw for word in source.arguments):
        given = command.option_value("-v", "--version")
        value = given.text if given is not None else dockerfile.variables.value("PDM_VERSION", run)
        yield (value is None and given is None) or (isinstance(value, str) and value[:2] not in ("", "0.", "1."))


def _is_below_2(clause: str) -> bool:
    match = _VERSION.match(clause)
    if match is None or match["operator"] in (">", ">=", "!="):
        return False
    major, rest = int(match["major"]), match["rest"].strip(".0")
    return major < 2 or (match["operator"] == "<" and major == 2 and not rest)


def _before(dockerfile: Dockerfile, stage: Stage, run: Instruction, call: Installer) -> Iterator[Command]:
    """The commands before a call, of all RUNs up to it."""
    for one in _instructions_until(dockerfile, stage, run):
        if one.keyword == "RUN":
            yield from one.shell.before(call.command) if one is run else one.shell.commands


def _instructions_until(dockerfile: Dockerfile, stage: Stage, run: Instruction) -> Iterator[Instruction]:
    for part in dockerfile.stage_chain(stage):
        yield from (one for one in part.instructions if one.index <= run.index)
