"""Clients that a package manager brings: whether they are there, and in which version."""

from lambda_image_lint import knowledge
from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.model import File, Files, Function, Packaged, RuntimeClient
from lambda_image_lint.function.walk import normal, parent
from lambda_image_lint.patterns import lazy

_TRACES = {
    "awslambdaric": ("/**/awslambdaric-*.dist-info/METADATA", "/**/awslambdaric/__init__.py"),
    "aws-lambda-ric": ("/**/node_modules/aws-lambda-ric/package.json",),
    "aws_lambda_ric": ("/**/gems/aws_lambda_ric-*/lib/aws_lambda_ric.rb",),
    "Amazon.Lambda.RuntimeSupport": ("/**/Amazon.Lambda.RuntimeSupport.dll",),
}
"""Files of which an installed client has at least one."""
_COMPILED = {"aws-lambda-ric": "**/*.node"}
"""Below the folder of the first trace: the part that is compiled when it is installed, without which it does not load."""
_BESIDE = {
    "awslambdaric": ("awslambdaric/__init__.py",),
    "aws-lambda-ric": ("node_modules/aws-lambda-ric/package.json",),
}
"""The same, from the working directory."""
_VERSION = lazy(r"/(?:awslambdaric|aws_lambda_ric)-(?P<version>\d[\w.]*?)(?:\.dist-info)?/")


def brought_by_package(function: Function, client: str) -> Answer[RuntimeClient | None]:
    """A client that is started by name; None where it certainly is not installed."""
    for installed in function.packages.installed:
        if installed.name == knowledge.runtime_clients()[client].package:
            return RuntimeClient(client, installed.version, None)
    beside = _asked_for_beside(function, client)
    if beside is not None:
        return beside
    if client not in _TRACES:
        return Unknown(f"where {client} is installed to is not known")
    undecided: Unknown | None = None
    for pattern in _TRACES[client]:
        found = function.files.glob(pattern)
        if isinstance(found, Unknown):
            undecided = found
        elif found:
            is_whole = client not in _COMPILED or any(
                _has_compiled_part(function.files, client, file) for file in found
            )
            return RuntimeClient(client, _version(found[0]), found[0].path) if is_whole else None
    if undecided is not None:
        return _of_known_files(function.files, client) or _missing(function, client, undecided)
    return None


def _has_compiled_part(files: Files, client: str, trace: File) -> bool:
    return files.glob(f"{parent(trace.path)}/{_COMPILED[client]}") != ()


def _asked_for_beside(function: Function, client: str) -> RuntimeClient | None:
    """The client where an earlier stage installed it into a folder that was copied to the working directory."""
    if isinstance(function.working_dir, Unknown):
        return None
    for relative in _BESIDE.get(client, ()):
        found = function.files.find(normal(relative, function.working_dir))
        names = found.packages if isinstance(found, Packaged) else None
        if names is not None and knowledge.runtime_clients()[client].package in names:
            return RuntimeClient(client, None, None)
    return None


def _of_known_files(files: Files, client: str) -> RuntimeClient | None:
    """The client among the files that are known, where others are not: copied from the build context."""
    for pattern in _TRACES.get(client, ()):
        for file in files.known_glob(pattern):
            return RuntimeClient(client, _version(file), file.path)
    return None


def _missing(function: Function, client: str, undecided: Unknown) -> Unknown:
    if function.packages.gaps:
        return function.packages.gaps[0]
    return Unknown(f"{client} is not seen to be installed: {undecided.reason}", undecided.place)


def _version(file: File) -> str | None:
    match = _VERSION.search(file.path)
    if match:
        return match["version"]
    if not file.path.endswith("/package.json"):
        return None
    content = file.read()
    if isinstance(content, Unknown):
        return None
    import json

    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    version = document.get("version") if isinstance(document, dict) else None
    return version if isinstance(version, str) else None
