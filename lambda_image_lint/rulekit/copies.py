"""What files are copied from: the build context, other stages."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.copies import context_paths
from lambda_image_lint.dockerfile.git_ignore import is_ignored, rules_above, rules_of
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage, Word
from lambda_image_lint.dockerfile.stages import mount_sources
from lambda_image_lint.finding import Span
from lambda_image_lint.knowledge import base_config


class ContextSource(Struct, frozen=True):
    """One source of a COPY or ADD that names something in the build context."""

    copy: Instruction
    word: Word
    path: str
    """With variables put in."""
    found: tuple[ContextFile, ...]
    """Empty: certainly nothing there."""


def context_sources(dockerfile: Dockerfile, context: Context) -> Iterator[ContextSource]:
    """Every source, in the stages that are built, that is known; nothing where the context is not."""
    pairs = list(context_paths(dockerfile))
    settled = context.settle(path for _, _, path in pairs)
    for copy, word, path in pairs:
        found = settled.match(path)
        if not isinstance(found, Unknown):
            yield ContextSource(copy, word, path, found)


def is_left_out_of_git(context: Context, path: str) -> bool:
    """Whether a .gitignore names a path of the context: somebody's machine has it, the repository never."""
    if context.root is None:
        return False
    root = context.root.resolve()
    own = rules_of(root)
    rules = (*rules_above(root), *(((root, own),) if own else ()))
    # `shots/*` does not name the folder, and yet git has nothing of it.
    return any(is_ignored(root / path, rules, ending) for ending in ("", "/", "/any"))


class StageUse(Struct, frozen=True):
    """A ``--from`` of COPY or a ``from=`` of a mount."""

    instruction: Instruction
    reference: str
    """The stage or image, as written."""
    span: Span
    is_own_stage: bool
    """It means the stage that it stands in."""
    is_beyond_last: bool
    """It is a number that no stage has."""
    later: Stage | None
    """The stage below it in the file that it means."""
    meant: Stage | None
    """Where it names no stage, the earlier one whose name it nearly is."""


def stage_uses(dockerfile: Dockerfile) -> Iterator[StageUse]:
    """Every reference to a stage or an image that files are taken from; those with a variable are left out."""
    for stage in dockerfile.stages:
        for instruction in stage.all("COPY", "RUN"):
            for reference, span in _references(instruction):
                if "$" not in reference:
                    yield _stage_use(dockerfile, stage, instruction, reference, span)


def _references(instruction: Instruction) -> Iterator[tuple[str, Span]]:
    flag = instruction.flag("from") if instruction.keyword == "COPY" else None
    if flag is not None and flag.value and flag.value_span is not None:
        yield flag.value, flag.value_span
    if instruction.keyword == "RUN" and instruction.flags:
        yield from ((reference, span) for reference, span in mount_sources(instruction) if span is not None)


def _stage_use(dockerfile: Dockerfile, own: Stage, instruction: Instruction, reference: str, span: Span) -> StageUse:
    count = len(dockerfile.stages)
    # A number is a number for COPY alone: `from=1` of a mount is an image called 1.
    number = int(reference) if reference.isascii() and reference.isdigit() and instruction.keyword == "COPY" else None
    called = [stage for stage in dockerfile.stages if (stage.name or "").lower() == reference.lower()]
    if number is not None and number < count:
        called = [dockerfile.stages[number]]
    is_own = own in called
    earlier = [stage for stage in called if stage.index < own.index]
    later = None if is_own or earlier or not called else called[0]
    is_beyond_last = number is not None and number >= count
    meant = None if called or is_beyond_last else _misspelt(dockerfile.stages[: own.index], reference)
    return StageUse(instruction, reference, span, is_own, is_beyond_last, later, meant)


def _misspelt(earlier: tuple[Stage, ...], reference: str) -> Stage | None:
    """The stage whose name a plain word nearly is; none where the word is an image of Docker's own library."""
    from difflib import get_close_matches

    if not reference.isascii() or not reference.replace("-", "").replace("_", "").isalpha() or base_config(reference):
        return None
    names = {(stage.name or "").lower(): stage for stage in earlier if stage.name}
    close = get_close_matches(reference.lower(), names, n=1, cutoff=0.8)
    return names[close[0]] if close else None
