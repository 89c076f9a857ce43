"""Which assembly a .NET handler stands for, and in which words Lambda refuses it.

Source: aws-lambda-dotnet's ``Amazon.Lambda.RuntimeSupport``: ``bootstrap.sh``, ``HandlerInfo.cs``, ``UserCodeLoader.cs``,
``Errors.cs``, read 2026-11-23.
"""

from fnmatch import fnmatchcase

from msgspec import Struct

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.function.languages.nearest import nearest
from lambda_image_lint.function.languages.resolution import (
    BadFormat,
    FileMissing,
    FunctionMissing,
    Resolution,
    Resolved,
)
from lambda_image_lint.function.languages.start import BASE_CLIENT, Start
from lambda_image_lint.function.model import File, Function, Kind

TASK_ROOT = "/var/task"
_ASSEMBLY_LIMIT = 64 * 1024 * 1024
"""Bytes read of an assembly; a function's own has some 100 KiB."""
_VALID = "The valid format is 'ASSEMBLY::TYPE::METHOD'."


class MissingConfiguration(Struct, frozen=True):
    """A file that ``dotnet publish`` writes beside the assembly, and that the start script asks for."""

    path: str
    """Where it is looked for first."""
    candidates: tuple[str, ...]
    """Files of its kind that are there: two or more are as bad as none."""
    error: str
    exit_code: int


def resolve(function: Function, start: Start, handler: str) -> Answer[Resolution]:
    """What becomes of the handler."""
    if ":" not in handler and start.client == BASE_CLIENT:
        return _executable(function, handler)
    parts = [part.strip() for part in handler.split("::", 2)]
    if len(parts) != 3 or not all(parts):
        said = f"Invalid lambda function handler: '{handler}'"
        empty = next(
            (word for word, part in zip(("assembly", "type", "method"), parts, strict=False) if not part), None
        )
        detail = f", the {empty} is missing" if len(parts) == 3 and empty else ""
        return BadFormat(handler, "it is not ASSEMBLY::TYPE::METHOD", f"{said}{detail}. {_VALID}", _suggestion(handler))
    if start.client != BASE_CLIENT:
        return Unknown(
            "where a .NET client of another base loads assemblies from is not followed", function.where("entrypoint")
        )
    return _assembly(function, handler, *parts)


def _suggestion(handler: str) -> str | None:
    """``Assembly:Type:Method`` → with two colons each."""
    parts = [part for part in handler.split(":") if part]
    return "::".join(parts) if len(parts) == 3 and "::".join(parts) != handler else None


def _executable(function: Function, handler: str) -> Answer[Resolution]:
    assembly = f"{TASK_ROOT}/{handler}" if handler.endswith(".dll") else f"{TASK_ROOT}/{handler}.dll"
    for path in (assembly, f"{TASK_ROOT}/{handler}"):
        found = function.files.find(path)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, File) and found.kind is Kind.FILE:
            return Resolved(handler, found, "")
    error = f"Error: executable assembly {assembly} or binary {TASK_ROOT}/{handler} not found."
    return _file_missing(function, handler, handler, error)


def _file_missing(function: Function, handler: str, name: str, error: str) -> FileMissing:
    present = {
        file.path.rpartition("/")[2].removesuffix(".dll"): file.path
        for file in function.files.known_under(TASK_ROOT)
        if file.path.endswith(".dll")
        and not file.path.rpartition("/")[2].startswith(("System.", "Microsoft.", "Amazon."))
    }
    # The assembly that `dotnet publish` was run for has its configuration beside it.
    published = tuple(each for each, path in present.items() if _is_published(function, path))
    near = nearest(name.removesuffix(".dll"), present) or published[:3]
    suggestion = near[0] + handler.removeprefix(name) if near else None
    return FileMissing(handler, name, error, (TASK_ROOT,), tuple(present[each] for each in near), suggestion)


def _is_published(function: Function, path: str) -> bool:
    return isinstance(function.files.find(f"{path.removesuffix('.dll')}.runtimeconfig.json"), File)


def _assembly(function: Function, handler: str, assembly: str, type_name: str, method: str) -> Answer[Resolution]:
    name = assembly.partition(",")[0]
    found = function.files.find(f"{TASK_ROOT}/{name}.dll")
    if isinstance(found, Unknown):
        return found
    if isinstance(found, Absent):
        error = (
            f"Could not find the specified handler assembly with the file name '{assembly}'. "
            "The assembly should be located in the root of your uploaded .zip file."
        )
        return _file_missing(function, handler, assembly, error)
    content = found.read(_ASSEMBLY_LIMIT)
    if isinstance(content, Unknown):
        return Resolved(handler, found, method, None, content)
    # The names of an assembly's own types lie in its string heap, each ended by a zero byte. A method may be inherited.
    simple = type_name.rpartition(".")[2].rpartition("+")[2]
    if simple.encode() + b"\0" not in content and "`" not in simple:
        error = f"Unable to load type '{type_name}' from assembly '{assembly}'."
        return FunctionMissing(handler, found, type_name, error)
    if method.encode() + b"\0" not in content:
        return Resolved(handler, found, method, None, Unknown(f"{method} may be inherited", found.place))
    return Resolved(handler, found, method)


def missing_configuration(function: Function, start: Start) -> Answer[MissingConfiguration | None]:
    """The ``.deps.json`` or ``.runtimeconfig.json`` that the AWS base's start script will not find."""
    handler = start.handler
    if start.client != BASE_CLIENT or handler is None or ":" not in handler:
        return None
    main = function.environment.get("LAMBDA_DOTNET_MAIN_ASSEMBLY", "")
    if isinstance(main, Unknown):
        return main
    assembly = main.removesuffix(".dll") or handler.partition(":")[0]
    for suffix, code in ((".deps.json", 105), (".runtimeconfig.json", 106)):
        path = f"{TASK_ROOT}/{assembly}{suffix}"
        found = function.files.find(path)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, File):
            continue
        listed = function.files.glob(f"{TASK_ROOT}/*{suffix}")
        if isinstance(listed, Unknown):
            return listed
        if len(listed) != 1:
            present = tuple(file.path for file in listed if fnmatchcase(file.path, f"*{suffix}"))
            error = (
                f"Error: .NET binaries for Lambda function are not correctly installed in the {TASK_ROOT} directory of the "
                f"image when the image was built. The {TASK_ROOT} directory is missing the required {suffix} file."
            )
            return MissingConfiguration(path, present, error, code)
    return None
