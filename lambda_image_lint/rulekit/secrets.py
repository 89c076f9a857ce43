"""Secrets that a Dockerfile, or an image's history, gives away."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Pair
from lambda_image_lint.finding import Span, TextPlace
from lambda_image_lint.image.config import Config
from lambda_image_lint.rulekit.history import build_arguments
from lambda_image_lint.rulekit.stages import final_instructions, needed_instructions
from lambda_image_lint.secrets import find_secrets, looks_secret, secrecy_of_name

_BY_NAME = "by its name"
_HALF_OF_A_PAIR = frozenset({"AWS_ACCESS_KEY_ID"})
"""No secret by itself, but never passed to a build without the secret key that belongs to it."""


class Given(Struct, frozen=True):
    """A variable of a Dockerfile that holds a secret."""

    instruction: Instruction
    pair: Pair
    told_by: str
    """In words: ``AWS access key id``, ``password in a URL``, ``by its name``."""
    by_argument: bool
    """The value is not written here: it comes from a build argument."""
    in_image: bool
    """It stands in the stages that become the image, not in a builder."""

    @property
    def place(self) -> TextPlace:
        """The name and the value."""
        return self.instruction.at(self.pair.span)


def secrets_in_env(dockerfile: Dockerfile) -> Iterator[Given]:
    """ENV that holds a secret: written out in any stage that is built, or from a build argument where it reaches the image."""
    final = {instruction.index for instruction in final_instructions(dockerfile)}
    for instruction in needed_instructions(dockerfile, "ENV"):
        for pair in instruction.pairs:
            in_image = instruction.index in final
            told_by = _told_by(pair.name, pair.value or "")
            if told_by is not None:
                yield Given(instruction, pair, told_by, by_argument=False, in_image=in_image)
            elif in_image and _comes_from_argument(dockerfile, instruction, pair):
                yield Given(instruction, pair, _BY_NAME, by_argument=True, in_image=True)


def secrets_in_arg(dockerfile: Dockerfile) -> Iterator[Given]:
    """ARG of a stage that is built, or before the first, that holds a secret, or by its name is meant to be given one."""
    final = {instruction.index for instruction in final_instructions(dockerfile)}
    before = (instruction for instruction in dockerfile.all("ARG") if instruction.stage is None)
    for instruction in (*before, *needed_instructions(dockerfile, "ARG")):
        for pair in instruction.pairs:
            in_image = instruction.index in final
            told_by = _told_by(pair.name, pair.value or "")
            if told_by is not None:
                yield Given(instruction, pair, told_by, by_argument=False, in_image=in_image)
            elif not pair.value and _promises_secret(pair.name) and instruction.stage is not None:
                yield Given(instruction, pair, _BY_NAME, by_argument=True, in_image=in_image)


def secrets_in_environment(config: Config) -> Iterator[tuple[str, str]]:
    """Variables of an image that hold a secret: name, and what tells it."""
    for name, value in config.env.items():
        if (told_by := _told_by(name, value)) is not None:
            yield name, told_by


def secrets_in_history(config: Config) -> Iterator[tuple[int, str]]:
    """Steps whose recorded build arguments hold a secret: index in the history, and the kind; each kind once."""
    seen = set()
    for index, step in enumerate(config.history):
        for secret in find_secrets(build_arguments(step.created_by)):
            if secret.kind not in seen:
                seen.add(secret.kind)
                yield index, secret.kind


def _told_by(name: str, value: str) -> str | None:
    kind = looks_secret(name, value)
    return _BY_NAME if kind is not None and kind.startswith("value of ") else kind


def _promises_secret(name: str) -> bool:
    return secrecy_of_name(name) == "strong" or name in _HALF_OF_A_PAIR


def _comes_from_argument(dockerfile: Dockerfile, instruction: Instruction, pair: Pair) -> bool:
    if not _promises_secret(pair.name) or "$" not in (pair.value or ""):
        return False
    value = dockerfile.variables.expand(pair.raw_value or "", instruction)
    if isinstance(value, str) and value:
        return looks_secret(pair.name, value) is not None
    # Unknown, or empty by default: what --build-arg gives is what the image will hold.
    asked = {use.name for use in dockerfile.variables.uses(instruction) if _within(use.span, pair)}
    before = (one for one in final_instructions(dockerfile, "ARG") if one.index < instruction.index)
    return any(one.name in asked for argument in before for one in argument.pairs)


def _within(span: Span, pair: Pair) -> bool:
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    return (pair.span.line, pair.span.column) <= start and end <= (pair.span.end_line, pair.span.end_column)
