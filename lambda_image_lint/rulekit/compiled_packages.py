"""Python packages with compiled parts that a build stage installs for another Python or C library than the image's."""

from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.dockerfile.stages import source_stage
from lambda_image_lint.function.effects.requirements import Requirement, read_requirements, requirements_text
from lambda_image_lint.knowledge import aws_base, image_name, operating_system
from lambda_image_lint.rulekit.python_packages import normalised
from lambda_image_lint.rulekit.runs import installs
from lambda_image_lint.rulekit.stages import final_stages
from lambda_image_lint.rulekit.systems import external_base

COMPILED = frozenset(
    "asyncpg grpcio lxml numpy orjson pandas pillow psycopg-binary psycopg2-binary pydantic pydantic-core pymssql pyodbc "
    "rpds-py scikit-learn scipy shapely spacy uvloop".split()
)
"""Packages that do not work without their extension modules, which are built for one version of Python each.
Source: their wheels on the index, none of them ``abi3`` or ``py3-none``; read 2026-11-23."""


class Interpreter(Struct, frozen=True):
    """The Python of a stage, as far as its base image's name tells."""

    image: str
    minor: int | None
    """Of Python 3."""
    libc: str | None
    """``glibc`` or ``musl``."""


class Carried(Struct, frozen=True):
    """Packages with compiled parts that one stage installs and another gets by COPY."""

    copy: Instruction
    package: str
    made_by: Interpreter
    used_by: Interpreter


def carried(dockerfile: Dockerfile, context: Context | None) -> Iterator[Carried]:
    """Each COPY of a folder of packages into the image, with one of its compiled packages."""
    for stage in final_stages(dockerfile):
        used_by = _interpreter(dockerfile, stage)
        for copy in stage.all("COPY") if used_by is not None else ():
            flag = copy.flag("from")
            builder = source_stage(dockerfile, flag.value, copy.stage) if flag is not None and flag.value else None
            made_by = _interpreter(dockerfile, builder) if builder is not None else None
            if builder is None or made_by is None or used_by is None:
                continue
            for run, call in installs(dockerfile.stage_chain(builder), "pip", "uv"):
                package = next(iter(sorted(COMPILED & _names(dockerfile, context, run, call))), None)
                if package is not None and _brings(dockerfile, copy, run, call):
                    yield Carried(copy, package, made_by, used_by)
                    break


def _interpreter(dockerfile: Dockerfile, stage: Stage) -> Interpreter | None:
    """None where the base's name does not tell the version."""
    reference = external_base(dockerfile, stage)
    if reference is None:
        return None
    base, name, system = aws_base(reference), image_name(reference), operating_system(reference)
    version = base.version if base is not None and base.language == "python" else None
    if base is None and name.full == "python":
        version = (name.tag or "").partition("-")[0]
    parts = (version or "").split(".")
    if len(parts) < 2 or parts[0] != "3" or not parts[1].isdecimal():
        return None
    return Interpreter(reference, int(parts[1]), system.libc if system is not None else None)


def _names(dockerfile: Dockerfile, context: Context | None, run: Instruction, call: Installer) -> frozenset[str]:
    """What a call asks for, by name and by the requirements that the build context holds."""
    names = {normalised(word.text) for word in call.operands if word.text}
    for word in call.requirement_files:
        found = context.find(word.text.lstrip("./")) if context is not None and word.text else None
        if not isinstance(found, ContextFile) and context is not None and word.text:
            found = context.find(basename(word.text))
        content = found.read() if isinstance(found, ContextFile) else b""
        if isinstance(content, bytes):
            wanted = read_requirements(requirements_text(content))
            names.update(one.name for one in wanted if isinstance(one, Requirement))
    return frozenset(names)


def _brings(dockerfile: Dockerfile, copy: Instruction, run: Instruction, call: Installer) -> bool:
    """Whether a COPY takes the folder that a call installs into, and the call installs for the stage's own Python."""
    if call.has("--platform", "--python-version", "--abi", "--python-platform", "--python", "-p"):
        return False
    targets = [word.text.rstrip("/") for word in call.values("-t", "--target", "--prefix") if word.text]
    for word in copy.sources:
        source = dockerfile.variables.expand(word.template, copy)
        if isinstance(source, Unknown):
            continue
        source = source.rstrip("/")
        if targets:
            if any(source == target or source.startswith(f"{target}/") for target in targets):
                return True
        elif source.endswith(("/site-packages", "/dist-packages")) or source in ("/opt/venv", "/venv", "/app/.venv"):
            return True
    return False
