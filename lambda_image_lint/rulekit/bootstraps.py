"""What the entrypoint of a provided base executes, and where it lies instead."""

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.finding import TextPlace
from lambda_image_lint.function.chain import BOOTSTRAP
from lambda_image_lint.function.model import File, Function, Kind
from lambda_image_lint.rulekit.own_scripts import by_own_script
from lambda_image_lint.rulekit.stages import final_instructions
from lambda_image_lint.rulekit.starts import uses_base_entrypoint

NAME = BOOTSTRAP.rpartition("/")[2]
_IN_TASK_ROOT = f"/var/task/{NAME}"
"""Where a ZIP file has it."""
_PACKAGES = ("/node_modules/", "/site-packages/", "/vendor/", "/usr/")


def bootstrap_is_missing(function: Function, dockerfile: Dockerfile | None) -> Answer[bool]:
    """Whether a provided base would start its ``/var/runtime/bootstrap``, and there is none."""
    uses = uses_base_entrypoint(function)
    if isinstance(uses, Unknown):
        return uses
    if not uses or function.base is None or function.base.language != "provided":
        return False
    found = function.files.find(BOOTSTRAP)
    if isinstance(found, Unknown):
        return found
    if isinstance(found, File) and found.kind is Kind.FILE:
        return False
    return by_own_script(dockerfile, BOOTSTRAP) or True


def misplaced_bootstrap(function: Function) -> str | None:
    """The path of a file of that name that lies elsewhere, in the task root first."""
    others = [
        file.path
        for file in function.files.known_under("/")
        if file.kind is Kind.FILE
        and file.path.rpartition("/")[2] == NAME
        and not any(folder in file.path for folder in _PACKAGES)
    ]
    if others:
        return min(others, key=lambda path: (path != _IN_TASK_ROOT, path))
    return _IN_TASK_ROOT if isinstance(function.files.find(_IN_TASK_ROOT), Unknown) else None


def bootstrap_copy(function: Function, dockerfile: Dockerfile | None, path: str) -> Instruction | None:
    """The COPY that brings that one file, and names it."""
    found = function.files.find(path)
    place = found.place if isinstance(found, File | Unknown) else None
    for copy in final_instructions(dockerfile, "COPY", "ADD") if dockerfile is not None else ():
        if not isinstance(place, TextPlace) or copy.span != place.span or len(copy.sources) != 1:
            continue
        words = (copy.sources[0], *([copy.destination] if copy.destination is not None else []))
        if any(word.template.rpartition("/")[2].strip("\"'") == NAME for word in words):
            return copy
    return None
