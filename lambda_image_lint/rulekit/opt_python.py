"""What lies below ``/opt/python``, where the AWS base for Python looks unless PYTHONPATH is set.

Source: ``/var/runtime/bootstrap.py`` of the AWS base images, read 2026-11-23.
"""

from collections.abc import Iterator

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.languages.resolution import Language, MissingImport
from lambda_image_lint.function.languages.start import BASE_CLIENT, start_of
from lambda_image_lint.function.model import File, Function, Kind, Packaged

OPT_PYTHON = "/opt/python"


def is_shadowed(function: Function) -> bool:
    """Whether something is in ``/opt/python`` that PYTHONPATH keeps the AWS base from looking at."""
    start, value = start_of(function), function.environment.get("PYTHONPATH")
    if isinstance(start, Unknown) or start is None or (start.language, start.client) != (Language.PYTHON, BASE_CLIENT):
        return False
    if not isinstance(value, str) or any(entry.startswith(OPT_PYTHON) for entry in value.split(":")):
        return False
    if any(file.kind is Kind.FILE for file in function.files.known_under(OPT_PYTHON)):
        return True
    return any(isinstance(found, Packaged) and found.packages and not found.of_system for found in _unseen(function))


def _unseen(function: Function) -> Iterator[object]:
    """What keeps the folder's content from being known, as a whole and where packages are looked for."""
    yield function.files.under(OPT_PYTHON)
    version = function.base.version if function.base is not None else None
    for folder in (OPT_PYTHON, f"{OPT_PYTHON}/lib/python{version}/site-packages"):
        yield function.files.find(f"{folder}/*")


def shadowed_module(function: Function, missing: MissingImport) -> File | None:
    """The file below ``/opt/python`` that would be a missing module."""
    if missing.name is not None or not is_shadowed(function):
        return None
    module = missing.module.replace(".", "/")
    for file in function.files.known_under(OPT_PYTHON):
        if file.path.endswith((f"/{module}.py", f"/{module}/__init__.py")):
            return file
    return None
