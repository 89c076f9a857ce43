"""Which Poetry a build has, and where it installs."""

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.rulekit.projects import project_files, read_toml
from lambda_image_lint.rulekit.python_packages import named_requirements


def poetry_makes_environment(dockerfile: Dockerfile, context: Context, run: Instruction) -> bool:
    """Whether no poetry.toml in the project keeps Poetry from making a virtual environment.

    Source: https://python-poetry.org/docs/configuration/#local-configuration, read 2026-11-29.
    """
    assert run.stage is not None
    for file in project_files(dockerfile, context, dockerfile.stages[run.stage], run, "poetry.toml"):
        settings = read_toml(file)
        table = settings.get("virtualenvs") if settings is not None else None
        if settings is None or (isinstance(table, dict) and table.get("create") is False):
            return False
    return True


def poetry_may_be_2(dockerfile: Dockerfile, run: Instruction) -> bool:
    """Whether the Poetry at a RUN is certainly installed by this file, and not pinned below version 2.

    Poetry 2.0 came on 2025-01-05. Source: https://python-poetry.org/blog/announcing-poetry-2.0.0/
    """
    assert run.stage is not None
    for stage in dockerfile.stage_chain(dockerfile.stages[run.stage]):
        for earlier in stage.all("RUN"):
            if earlier.index > run.index:
                break
            for text in named_requirements(dockerfile, earlier):
                name = text.partition("=")[0].partition("<")[0].partition(">")[0].partition("~")[0]
                if name.strip() == "poetry":
                    return not _pinned_below_2(text)
            for command in earlier.shell.named("curl", "wget"):
                if any("install.python-poetry.org" in (word.text or "") for word in command.arguments):
                    return not _version_given(dockerfile, earlier)
    return False


def _pinned_below_2(requirement: str) -> bool:
    version = requirement.removeprefix("poetry").lstrip("=<~>! ")
    return version.startswith(("0.", "1.")) or (requirement.startswith("poetry<") and version.startswith("2"))


def _version_given(dockerfile: Dockerfile, run: Instruction) -> bool:
    """``POETRY_VERSION`` or ``--version`` for the installer; a version of 2 or later counts as not pinned below it."""
    value = dockerfile.variables.value("POETRY_VERSION", run)
    given = [value] if isinstance(value, str) else []
    for command in run.shell:
        given += [one.value.text or "" for one in command.assignments if one.name == "POETRY_VERSION" and one.value]
        option = command.option_value("--version")
        given += [option.text or "1."] if option is not None else []
    return any(text.startswith(("0.", "1.")) or not text for text in given)
