"""Which part of a Dockerfile becomes the image."""

from collections.abc import Iterable, Iterator

from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage


def final_stages(dockerfile: Dockerfile) -> tuple[Stage, ...]:
    """The stages that become the image: the final one and those that it stands on, base first."""
    return dockerfile.stage_chain(dockerfile.final) if dockerfile.final is not None else ()


def final_instructions(dockerfile: Dockerfile, *keywords: str) -> Iterator[Instruction]:
    """Their instructions with one of these keywords, or all, in the order in which they are carried out."""
    return _of(final_stages(dockerfile), keywords)


def needed_instructions(dockerfile: Dockerfile, *keywords: str) -> Iterator[Instruction]:
    """Those of every stage that is built at all, in file order."""
    return _of(dockerfile.needed_stages(), keywords)


def _of(stages: Iterable[Stage], keywords: tuple[str, ...]) -> Iterator[Instruction]:
    return (one for stage in stages for one in (stage.all(*keywords) if keywords else stage.instructions))


def external_bases(dockerfile: Dockerfile) -> Iterator[tuple[Stage, str]]:
    """Each stage that is built and stands on an image from outside, with the reference where it is known."""
    for stage in dockerfile.needed_stages():
        reference = stage.base_resolved
        if stage.base_stage is None and isinstance(reference, str) and reference not in ("", "scratch"):
            yield stage, reference


def is_named_before(dockerfile: Dockerfile, stage: Stage, last: Instruction, word: str) -> bool:
    """Whether an instruction up to `last`, of the stages that `stage` stands on, has a word in its text."""
    chain = (one for part in dockerfile.stage_chain(stage) for one in part.instructions)
    return any(word in one.raw for one in chain if one.index <= last.index)
