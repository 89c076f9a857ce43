"""Functions from Dockerfiles in memory, and their files in a word each."""

from collections.abc import Mapping

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.function.from_dockerfile import DockerfileFunction, function_from_dockerfile
from lambda_image_lint.function.model import Files, Kind, Packaged

AWS_PYTHON = "FROM public.ecr.aws/lambda/python:3.12\n"


def function_of(
    dockerfile: str,
    context: Mapping[str, str] | None = None,
    *,
    modes: Mapping[str, int] | None = None,
    links: Mapping[str, str] | None = None,
    arch: str | None = None,
) -> DockerfileFunction:
    """The function of a Dockerfile; a context of None is one that is not known."""
    files = None if context is None else {path: text.encode() for path, text in context.items()}
    known = Context.unknown() if files is None else Context.of(files, modes=modes, links=links)
    function = function_from_dockerfile(parse(dockerfile), known, arch=arch)
    assert isinstance(function, DockerfileFunction)
    return function


def state(files: Files, path: str) -> str:
    """``absent``, ``unknown``, ``packaged``, ``directory``, or a file's mode and text: ``0644 hello``."""
    found = files.find(path)
    if isinstance(found, Absent):
        return "absent"
    if isinstance(found, Packaged):
        return "packaged"
    if isinstance(found, Unknown):
        return "unknown"
    if found.kind is Kind.DIRECTORY:
        return "directory"
    mode = "????" if isinstance(found.mode, Unknown) else f"{found.mode:04o}"
    content = found.read()
    return f"{mode} {'?' if isinstance(content, Unknown) else content.decode()}"
