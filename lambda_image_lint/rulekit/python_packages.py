"""Python's packages in a build: what pip is asked for."""

from lambda_image_lint.dockerfile.installers import Installer

BUILD_TOOLS = frozenset(
    "build cmake cython flit hatch hatchling invoke maturin meson ninja nox pdm pip pip-tools pipenv poetry "
    "poetry-plugin-export pybind11 scons setuptools setuptools-scm tox twine uv virtualenv wheel".split()
)
"""Packages that a build uses and a function hardly ever imports."""


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
