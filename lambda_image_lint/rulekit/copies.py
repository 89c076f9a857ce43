"""COPY and ADD from the build context: what their sources mean."""

from collections.abc import Iterator
from dataclasses import dataclass

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Word
from lambda_image_lint.rulekit.stages import needed_instructions


@dataclass(frozen=True)
class ContextSource:
    """One source of a COPY or ADD that names something in the build context."""

    copy: Instruction
    word: Word
    path: str
    """With variables put in."""
    found: tuple[ContextFile, ...]
    """Empty: certainly nothing there."""


def context_sources(dockerfile: Dockerfile, context: Context) -> Iterator[ContextSource]:
    """Every source, in the stages that are built, that is known; nothing where the context is not."""
    copies = [one for one in needed_instructions(dockerfile, "COPY", "ADD") if one.flag("from") is None]
    pairs = [
        (copy, word, path)
        for copy in copies
        for word in copy.sources
        if isinstance(path := dockerfile.variables.expand(word.template, copy), str)
        and "://" not in path
        and not path.startswith(("<<", "git@"))
    ]
    settled = context.settle(path for _, _, path in pairs)
    for copy, word, path in pairs:
        found = settled.match(path)
        if not isinstance(found, Unknown):
            yield ContextSource(copy, word, path, found)
