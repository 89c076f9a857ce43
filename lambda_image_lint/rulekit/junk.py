"""What lies beside code on a developer's machine and has no use in an image."""

from collections.abc import Iterator
from posixpath import basename, join, normpath, relpath

from msgspec import Struct

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Word
from lambda_image_lint.function.model import File, Function, Kind
from lambda_image_lint.rulekit.copies import context_sources
from lambda_image_lint.rulekit.destinations import landing
from lambda_image_lint.rulekit.own_code import own_modules
from lambda_image_lint.rulekit.stages import final_stages

_ANYWHERE = frozenset(
    """.git .hg .svn .github .gitlab cdk.out .aws-sam .serverless .terraform .pytest_cache .mypy_cache .ruff_cache .tox .nox
    .idea .vscode .nyc_output htmlcov .gradle .terragrunt-cache""".split()
)
_ON_TOP = frozenset({"tests", "test", "__tests__", "spec"})
"""Only directly in what is copied: deeper, a package may be called so."""
_ENVIRONMENTS = frozenset({".venv", "venv"})
_CACHE = "node_modules/.cache"
_FOREIGN = frozenset({"node_modules", "site-packages", "dist-packages"})


class Junk(Struct, frozen=True):
    """What one source of a COPY brings of it."""

    copy: Instruction
    word: Word
    names: tuple[str, ...]
    paths: tuple[str, ...]
    """In the build context."""
    size: int
    """Bytes."""


def junk_copied(dockerfile: Dockerfile, context: Context, function: Function) -> Iterator[Junk]:
    """Each source that brings some into the final image. Without any .dockerignore `copy-all-no-dockerignore` tells it."""
    final = {stage.index for stage in final_stages(dockerfile)}
    for source in context_sources(dockerfile, context):
        target = landing(dockerfile, source.copy)
        if source.copy.stage not in final or target is None or source.copy.flag("exclude") is not None:
            continue
        for root in source.found:
            whole = root.path == ""
            if not root.is_dir or (whole and not context.has_ignore_file):
                continue
            folders = [
                folder for folder in _junk_below(context, root) if _is_there(function, target, root.path, folder)
            ]
            if folders:
                names = tuple(relpath(folder, root.path or ".") for folder in folders)
                size = sum(_size(context, folder) for folder in folders)
                yield Junk(source.copy, source.word, names, tuple(folders), size)


def _junk_below(context: Context, root: ContextFile) -> list[str]:
    below = context.walk(root.path)
    found: list[str] = []
    for file in () if isinstance(below, Unknown) else below:
        if file.is_dir and not any(file.path.startswith(f"{one}/") for one in found):
            inner = relpath(file.path, root.path or ".")
            environment = basename(inner) in _ENVIRONMENTS and context.present(f"{file.path}/pyvenv.cfg") is True
            if environment or _is_junk(inner):
                found.append(file.path)
    return found


def _is_junk(inner: str) -> bool:
    """`inner`: relative to the folder that holds the code."""
    if inner.endswith(_CACHE):
        return True
    name = basename(inner)
    return not _FOREIGN.intersection(inner.split("/")) and (name in _ANYWHERE or ("/" not in inner and name in _ON_TOP))


def _is_there(function: Function, target: str, root: str, folder: str) -> bool:
    """Whether it is still there in the end, for nothing."""
    path = normpath(join(target, relpath(folder, root or ".")))
    return not isinstance(function.files.find(path), Absent) and not _is_used(function, path)


def _is_used(function: Function, folder: str) -> bool:
    """Whether a variable points into a folder of the image, or the handler loads a module from it."""
    if any(isinstance(value, str) and folder in value for value in function.environment.values()):
        return True
    return any(module.file.path.startswith(f"{folder}/") for module in own_modules(function))


def _size(context: Context, folder: str) -> int:
    below = context.walk(folder)
    return 0 if isinstance(below, Unknown) else sum(file.size for file in below)


def junk_in(function: Function) -> Iterator[tuple[File, int]]:
    """Such folders in the task root and the working directory of an image, with their bytes."""
    folders = ["/var/task"]
    if isinstance(function.working_dir, str) and function.working_dir != "/":
        folders.append(function.working_dir.rstrip("/"))
    for folder in dict.fromkeys(folders):
        found: list[File] = []
        sizes: dict[str, int] = {}
        for file in function.files.known_under(folder):
            above = next((one for one in found if file.path.startswith(f"{one.path}/")), None)
            if above is not None:
                sizes[above.path] += file.size if isinstance(file.size, int) else 0
            elif file.kind is Kind.DIRECTORY and _is_junk(file.path[len(folder) + 1 :]):
                found.append(file)
                sizes[file.path] = 0
        yield from ((one, sizes[one.path]) for one in found if not _is_used(function, one.path))
