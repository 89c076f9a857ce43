"""What a builder stage links against, and what the stage that gets it has.

A program that the system's linker makes on glibc 2.34 or later refers to ``__libc_start_main`` or ``pthread_create`` of
GLIBC_2.34, whatever else it uses: those symbols got new versions there. Source:
https://sourceware.org/glibc/wiki/Release/2.34, read 2026-11-23.
"""

from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.dockerfile.stages import source_stage
from lambda_image_lint.knowledge import image_name, oldest_system, operating_system
from lambda_image_lint.rulekit.runs import commands
from lambda_image_lint.rulekit.stages import final_stages
from lambda_image_lint.rulekit.systems import external_base

MERGED = (2, 34)
"""The version of glibc from which on every linked program asks for as much."""
GO_BUILDS_ITS_LIBRARY = (1, 20)
"""From this version on Go compiles its standard library, cgo parts included, on the machine that builds."""


class BuiltElsewhere(Struct, frozen=True):
    """A linked program that is copied to a stage where its C library is older, or another one."""

    copy: Instruction
    source: str
    built_on: str
    """``glibc 2.36 (rust:1.90-bookworm)``, of a tag that moves ``glibc 2.36 or later (rust)``."""
    runs_on: str


def built_elsewhere(dockerfile: Dockerfile) -> Iterator[BuiltElsewhere]:
    """Those of the stages that become the image, as far as they are certain."""
    for stage in final_stages(dockerfile):
        target = _libc(dockerfile, stage)
        if target is None or _brings_glibc(dockerfile):
            continue
        for copy in stage.all("COPY"):
            flag = copy.flag("from")
            builder = source_stage(dockerfile, flag.value, copy.stage) if flag is not None and flag.value else None
            made = _libc(dockerfile, builder, at_least=True) if builder is not None else None
            if builder is None or made is None or not _fails(made, target):
                continue
            linked = _linked(dockerfile, builder)
            for word in copy.sources:
                if any(_is(word.text, each) for each in linked):
                    yield BuiltElsewhere(copy, word.text, _shown(made), _shown(target))


class _Libc(Struct, frozen=True):
    name: str
    """``glibc`` or ``musl``."""
    version: tuple[int, ...] | None
    image: str
    is_least: bool
    """The image's tag moves, and never stood on an older version."""


def _libc(dockerfile: Dockerfile, stage: Stage, *, at_least: bool = False) -> _Libc | None:
    reference = external_base(dockerfile, stage)
    if reference is None:
        return None
    exact = operating_system(reference)
    system = oldest_system(reference) if at_least else exact
    if exact is None or system is None or system.libc is None:
        return None
    version = tuple(map(int, system.libc_version.split("."))) if system.libc_version else None
    return _Libc(system.libc, version, reference, is_least=exact.release is None)


def _fails(made: _Libc, target: _Libc) -> bool:
    if made.name != "glibc" or made.version is None:
        return False
    if target.name == "musl":
        return True
    return target.version is not None and target.version < MERGED <= made.version


def _shown(libc: _Libc) -> str:
    number = f" {'.'.join(map(str, libc.version))}" if libc.version is not None else ""
    return f"{libc.name}{number}{' or later' if number and libc.is_least else ''} ({libc.image})"


def _brings_glibc(dockerfile: Dockerfile) -> bool:
    """Whether the image gets a layer of compatibility."""
    stages = final_stages(dockerfile)
    return any(
        name in run.raw for stage in stages for run in stage.all("RUN") for name in ("gcompat", "libc6-compat", "glibc")
    )


def _linked(dockerfile: Dockerfile, builder: Stage) -> frozenset[str]:
    """What the programs are called that a stage links dynamically: names, or endings of paths."""
    names: set[str] = set()
    stages = dockerfile.stage_chain(builder)
    for run, command in commands(stages, "go"):
        output = _go_output(dockerfile, builder, run, command)
        if output:
            names.add(f"/{basename(output)}")
    for run, command in commands(stages, "cargo"):
        words = [word.text or "?" for word in command.arguments]
        plain = words[:1] == ["build"] and not any("musl" in word or word == "?" for word in words)
        if plain and not _mentions(dockerfile, builder, run, "musl", "crt-static", "zigbuild"):
            names.add("/target/release/")
    return frozenset(names)


def _is(source: str, linked: str) -> bool:
    if linked.endswith("/"):
        name = basename(source)
        return linked in source and bool(name) and "." not in name and "*" not in name
    return source.endswith(linked)


def _go_output(dockerfile: Dockerfile, builder: Stage, run: Instruction, command: Command) -> str | None:
    """The name of a program that uses the C library, as every one with a Runtime API client does unless it is told not to."""
    words = [word.text or "?" for word in command.arguments]
    if words[:1] != ["build"] or _go_version(dockerfile, builder) < GO_BUILDS_ITS_LIBRARY:
        return None
    static = ("CGO_ENABLED", "-static", "netgo", "GOARCH", "GOFLAGS", "CC=")
    if _mentions(dockerfile, builder, run, *static):
        return None
    option = command.option_value("-o", with_values=("-o",))
    return option.text if option is not None else None


def _go_version(dockerfile: Dockerfile, builder: Stage) -> tuple[int, ...]:
    """Of the official image's tag; (0,) where it does not tell."""
    reference = external_base(dockerfile, builder) or ""
    name = image_name(reference)
    numbers = (name.tag or "").partition("-")[0].split(".")
    is_known = name.full == "golang" and len(numbers) > 1 and all(map(str.isdecimal, numbers))
    return tuple(map(int, numbers)) if is_known else (0,)


def _mentions(dockerfile: Dockerfile, builder: Stage, run: Instruction, *texts: str) -> bool:
    """Whether the command's own line, or an ENV or ARG of the stage, has one of these words."""
    stages = dockerfile.stage_chain(builder)
    raws = [run.raw, *(one.raw for stage in stages for one in stage.all("ENV", "ARG"))]
    return any(text in raw for raw in raws for text in texts)
