"""Python's packages in a build: what pip is asked for."""

from collections.abc import Iterator

from lambda_image_lint.dockerfile.installers import Installer, installers
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction

BUILD_TOOLS = frozenset(
    "build cmake cython flit hatch hatchling invoke maturin meson ninja nox pdm pip pip-tools pipenv poetry "
    "poetry-plugin-export pybind11 scons setuptools setuptools-scm tox twine uv virtualenv wheel".split()
)
"""Packages that a build uses and a function hardly ever imports."""


def named_requirements(dockerfile: Dockerfile, run: Instruction) -> Iterator[str]:
    """What the calls of pip and uv in a RUN are told to install by name, with variables put in: ``poetry==1.8.3``."""
    for call in installers(run.shell, "pip", "uv"):
        for word in call.operands:
            text = dockerfile.variables.expand(word.text, run) if word.text else None
            if isinstance(text, str):
                yield text


def requested(call: Installer) -> tuple[str, ...] | None:
    """The names that a call asks for, normalised as PyPI does; None where a file or a variable says more."""
    if call.requirement_files or call.has("-e", "--editable") or not call.operands:
        return None
    names = []
    for word in call.operands:
        text = word.text
        if text is None or text.startswith((".", "/")) or "/" in text:
            return None
        names.append(normalised(text))
    return tuple(names)


def normalised(requirement: str) -> str:
    """The package's name of a requirement: without extras, version and case. Source: PEP 503, PEP 508."""
    end = next((index for index, letter in enumerate(requirement) if letter in "[<>=!~;@ "), len(requirement))
    return requirement[:end].strip().lower().replace("_", "-").replace(".", "-")
