"""Which operating system a stage builds on."""

from lambda_image_lint.dockerfile.model import Dockerfile, Stage
from lambda_image_lint.knowledge import aws_base, oldest_system, operating_system


def external_base(dockerfile: Dockerfile, stage: Stage) -> str | None:
    """The image from outside that a stage stands on in the end; None where that is unknown, or nothing (scratch)."""
    reference = dockerfile.stage_chain(stage)[0].base_resolved
    return reference if isinstance(reference, str) and reference not in ("", "scratch") else None


def system(dockerfile: Dockerfile, stage: Stage) -> str | None:
    """``al1``, ``al2``, ``al2023`` (AWS bases) or a distribution; None where the reference does not tell."""
    reference = external_base(dockerfile, stage)
    if reference is None:
        return None
    base = aws_base(reference)
    if base is not None:
        return base.os
    found = operating_system(reference)
    return found.distribution if found and found.distribution != "amazonlinux" else None


def release(dockerfile: Dockerfile, stage: Stage) -> str | None:
    """``12``, ``3.19``: the release that a stage stands on, or, where its tag moves, at least; None where nothing tells."""
    reference = external_base(dockerfile, stage)
    found = oldest_system(reference) if reference is not None else None
    return found.release if found is not None else None
