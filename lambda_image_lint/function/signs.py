"""Whether a Dockerfile that nobody named looks as if it were meant for Lambda."""

import re

from lambda_image_lint import knowledge
from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.function.stage_config import stage_config

_VARIABLE = re.compile(r"\b(?:AWS_)?(?:LAMBDA|LWA)_[A-Z_]+")
_HANDLER = re.compile(r"[\w./-]+\.(?:lambda_)?handler")
_MANIFESTS = ("requirements.txt", "package.json", "pyproject.toml", "Gemfile", "go.mod", "Cargo.toml", "pom.xml")
_MANIFEST_MAX = 256 * 1024
"""Bytes of a manifest that are searched; the clients stand among the direct dependencies."""


def shows_lambda(dockerfile: Dockerfile, context: Context) -> bool:
    """An AWS base, a runtime client, the web adapter or the emulator, a variable of Lambda's, a CMD that is a handler,
    or a client among the dependencies in the build context."""
    if dockerfile.final is None:
        return False
    if any(_is_lambda_base(stage.base_resolved) for stage in dockerfile.stages):
        return True
    if any(_mentions(instruction) for instruction in dockerfile.instructions):
        return True
    command = stage_config(dockerfile, dockerfile.final).command
    if isinstance(command, tuple) and len(command) == 1 and _HANDLER.fullmatch(command[0]):
        return True
    return any(_asks_for_client(context, name) for name in _MANIFESTS)


def _is_lambda_base(reference: str | Unknown) -> bool:
    if isinstance(reference, Unknown):
        return False
    return knowledge.aws_base(reference) is not None or knowledge.base_client(reference) is not None


def _mentions(instruction: Instruction) -> bool:
    if instruction.prose:
        return False
    text = instruction.raw
    return _VARIABLE.search(text) is not None or any(name in text for name in _names())


def _names() -> tuple[str, ...]:
    packages = (client.package for client in knowledge.runtime_clients().values())
    files = (*knowledge.emulator_files(), *knowledge.adapter_files(), "aws-lambda-adapter")
    return (*(package for package in packages if package is not None and len(package) > 8), *files)


def _asks_for_client(context: Context, name: str) -> bool:
    found = context.find(name)
    if found is None or isinstance(found, Unknown):
        return False
    content = found.read(_MANIFEST_MAX)
    if isinstance(content, Unknown):
        return False
    return any(package.encode() in content for package in _names())
