"""Instructions into stages: what stands on what, and what the build needs."""

from collections.abc import Iterator, Mapping

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Problem, Stage
from lambda_image_lint.dockerfile.source import Source
from lambda_image_lint.finding import Span
from lambda_image_lint.patterns import lazy

_STAGE_NAME = lazy(r"[a-z][a-z0-9_.-]*")
"""Source: Docker's error "invalid name for build stage", tried with its parser."""


def build_stages(
    source: Source, instructions: tuple[Instruction, ...], build_args: Mapping[str, str]
) -> tuple[tuple[Stage, ...], list[Problem]]:
    """The stages in order, and what is wrong with their names."""
    from lambda_image_lint.dockerfile.variables import GlobalScope

    scope = GlobalScope(instructions, build_args)
    starts = [one for one in instructions if one.keyword == "FROM" and not one.prose]
    stages: list[Stage] = []
    names: dict[str, int] = {}
    for index, start in enumerate(starts):
        stop = starts[index + 1].index if index + 1 < len(starts) else len(instructions)
        members = tuple(one for one in instructions[start.index : stop] if one.known)
        base = start.words[0] if start.words else None
        resolved = scope.expand(base.template, start) if base else ""
        platform = start.flag("platform")
        stage = Stage(
            index=index,
            name=_name(start),
            from_instruction=start,
            base=base.text if base else "",
            base_resolved=resolved,
            base_stage=None if isinstance(resolved, Unknown) else names.get(resolved.lower()),
            platform=scope.expand(platform.value or "", start) if platform else None,
            instructions=members,
            span=source.span(start.bounds[0], instructions[stop - 1].bounds[1]),
        )
        stages.append(stage)
        if stage.name:
            names[stage.name.lower()] = index
    return tuple(stages), list(_name_problems(stages))


def _name(start: Instruction) -> str | None:
    words = start.words
    # Docker takes the name as it is written, quotes and escapes included.
    return words[2].template if len(words) == 3 and words[1].text.upper() == "AS" else None


def _name_problems(stages: list[Stage]) -> Iterator[Problem]:
    for stage in stages:
        if stage.name is not None and not _STAGE_NAME.fullmatch(stage.name.lower()):
            start = stage.from_instruction
            message = f"{stage.name!r} is no name for a stage"
            hint = "Begin it with a letter; letters, digits, dots, dashes and underscores may follow"
            yield Problem("invalid-stage-name", start.words[2].span, message, hint, start.index)


def find_final(source: Source, stages: tuple[Stage, ...], target: str | None) -> tuple[Stage | None, list[Problem]]:
    """The stage that is built: the target by name or number, else the last."""
    if target is None:
        return (stages[-1] if stages else None), []
    found = _stage_called(stages, target)
    if found is not None or not stages:
        return found, []
    place = stages[-1].from_instruction
    return None, [Problem("unknown-target", place.span, f"There is no stage {target!r} to build", "", place.index)]


def _stage_called(stages: tuple[Stage, ...], name: str) -> Stage | None:
    for stage in reversed(stages):
        if stage.name is not None and stage.name.lower() == name.lower():
            return stage
    if name.isascii() and name.isdigit() and int(name) < len(stages):
        return stages[int(name)]
    return None


def source_stage(dockerfile: Dockerfile, reference: str, before: int | None) -> Stage | None:
    """The stage that a ``--from`` means, among those before stage `before`; None: an image, or a later stage."""
    return _stage_called(dockerfile.stages[: before or 0], reference)


def mount_sources(instruction: Instruction) -> Iterator[tuple[str, Span | None]]:
    """The ``from=`` of each ``RUN --mount``."""
    for flag in instruction.flags:
        for part in (flag.value or "").split(",") if flag.name == "mount" else ():
            key, _, value = part.partition("=")
            if key.strip().lower() == "from" and value:
                yield value, flag.value_span


def stage_references(instruction: Instruction) -> Iterator[str]:
    """The stages or images, as written, that an instruction reads files from."""
    one = instruction.inner if instruction.keyword == "ONBUILD" and instruction.inner else instruction
    if one.keyword in ("COPY", "ADD") and (flag := one.flag("from")) and flag.value:
        yield flag.value
    if one.keyword == "RUN":
        yield from (value for value, _ in mount_sources(one))


def needed_stages(dockerfile: Dockerfile) -> tuple[Stage, ...]:
    """The final stage and all that it is made from. A reference with a variable keeps every earlier stage."""
    if dockerfile.final is None:
        return ()
    needed: set[int] = set()
    waiting = [dockerfile.final.index]
    while waiting:
        index = waiting.pop()
        if index in needed:
            continue
        needed.add(index)
        stage = dockerfile.stages[index]
        if stage.base_stage is not None:
            waiting.append(stage.base_stage)
        elif isinstance(stage.base_resolved, Unknown):
            waiting.extend(range(index))
        for instruction in stage.instructions:
            for reference in stage_references(instruction):
                if "$" in reference:
                    waiting.extend(range(index))
                elif found := source_stage(dockerfile, reference, index):
                    waiting.append(found.index)
    return tuple(stage for stage in dockerfile.stages if stage.index in needed)
