"""Virtual environments of Python that the function's interpreter does not use."""

from lambda_image_lint.function.languages.resolution import MissingImport
from lambda_image_lint.function.model import File, Function

_ENDINGS = (".py", "/__init__.py", ".pyc", ".abi3.so", ".so")


def in_unused_environment(function: Function, missing: MissingImport) -> File | None:
    """The file that would be the missing module if the virtual environment that holds it were used."""
    if missing.name is not None or not missing.file.path.endswith(".py"):
        return None
    module = missing.module.replace(".", "/")
    tails = tuple(f"/site-packages/{module}{ending}" for ending in _ENDINGS)
    for file in function.files.known_under("/"):
        if file.path.endswith(tails) and _environment(function, file.path) is not None:
            return file
    return None


def _environment(function: Function, path: str) -> str | None:
    """``/opt/venv`` of ``/opt/venv/lib/python3.13/site-packages/x.py``; None for an interpreter's own folder."""
    folder = path.partition("/lib/python3")[0]
    return folder if isinstance(function.files.find(f"{folder}/pyvenv.cfg"), File) else None
