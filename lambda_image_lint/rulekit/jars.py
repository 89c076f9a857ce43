"""Jars that a Dockerfile puts where the AWS base for Java does not look: into the task root itself."""

from collections.abc import Iterator
from posixpath import basename, dirname

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.finding import Applicability, Edit, Fix, Span
from lambda_image_lint.function.languages import java_jars_beside_lib
from lambda_image_lint.function.languages.resolution import Language
from lambda_image_lint.function.languages.start import BASE_CLIENT, start_of
from lambda_image_lint.function.model import Function
from lambda_image_lint.rulekit.destinations import landing
from lambda_image_lint.rulekit.stages import final_instructions

TASK_ROOT = "/var/task"

_OF_THE_BASE = ("aws-lambda-java-core", "aws-lambda-java-runtime-interface-client", "aws-lambda-java-serialization")
"""Jars that the base brings itself: a function misses none of them. Source: /var/runtime/lib of the base image,
https://github.com/aws/aws-lambda-java-libs."""


class JarCopy(Struct, frozen=True):
    """A COPY or ADD of jars, and of nothing else, into the task root."""

    copy: Instruction
    name: str
    """Of the first jar, as written."""


def starts_on_java_base(function: Function) -> bool:
    """Whether the AWS base's own client for Java certainly starts the function."""
    start = start_of(function)
    return (
        not isinstance(start, Unknown)
        and start is not None
        and (start.language, start.client) == (Language.JAVA, BASE_CLIENT)
    )


def jar_lies_beside_lib(function: Function, dockerfile: Dockerfile | None) -> bool:
    """Whether a class that is nowhere else may be in a jar that the runtime does not look for: java-jar-not-in-lib tells it."""
    if not starts_on_java_base(function):
        return False
    jars = java_jars_beside_lib(function)
    return (not isinstance(jars, Unknown) and bool(jars)) or (
        dockerfile is not None and any(jars_into_task_root(function, dockerfile))
    )


def jars_into_task_root(function: Function, dockerfile: Dockerfile) -> Iterator[JarCopy]:
    """Those that no later command names, and that no variable names as an agent."""
    settings = [value for value in function.environment.values() if isinstance(value, str)]
    instructions = list(final_instructions(dockerfile))
    for index, copy in enumerate(instructions):
        if copy.keyword not in ("COPY", "ADD") or not copy.sources:
            continue
        names = [basename(word.text) for word in copy.sources]
        if not all(name.endswith(".jar") for name in names):
            continue
        target = landing(dockerfile, copy)
        folder = dirname(target) if target is not None and target.endswith(".jar") else target
        if folder != TASK_ROOT or target is None:
            continue
        named = {*names, basename(target)} if target.endswith(".jar") else {*names}
        # A later command may unpack or move it.
        if any(_touches(later, named) for later in instructions[index + 1 :]):
            continue
        if all(name.startswith(_OF_THE_BASE) for name in names):
            continue
        if not any(name in setting for name in named for setting in settings):
            yield JarCopy(copy, names[0])


def _touches(instruction: Instruction, names: set[str]) -> bool:
    return instruction.keyword == "RUN" and (
        ".jar" in instruction.raw or "*" in instruction.raw or any(name in instruction.raw for name in names)
    )


def into_lib(copy: Instruction) -> Fix | None:
    """Give the destination a ``lib/`` before the jar's name; None where it is not written plainly."""
    word = copy.destination
    if word is None or word.raw.strip("\"'") != word.raw or word.span.line != word.span.end_line:
        return None
    last, line, end = word.raw.rpartition("/")[2], word.span.line, word.span.end_column
    if word.raw in (".", "./"):
        edit = Edit(word.span, "lib/")
    elif last.endswith(".jar"):
        edit = Edit(Span(line, end - len(last), line, end - len(last)), "lib/")
    else:
        edit = Edit(Span(line, end, line, end), "/lib/" if last else "lib/")
    return Fix("Copy it into lib/", (edit,), Applicability.SAFE)
