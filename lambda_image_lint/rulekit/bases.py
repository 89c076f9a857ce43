"""Base images whose name an argument gives."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from lambda_image_lint.dockerfile.expansion import expand
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Pair
from lambda_image_lint.finding import TextPlace
from lambda_image_lint.patterns import lazy

_REFERENCE = lazy(
    r"(?:[A-Za-z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::\w[\w.-]{0,127})?(?:@[A-Za-z][\w.+-]*:[0-9a-fA-F]{32,})?"
)
"""Source: https://github.com/distribution/reference, the grammar in its documentation."""


class NeededArgument(Struct, frozen=True):
    """An ARG without a default that FROM cannot do without."""

    name: str
    place: TextPlace
    """Of the ARG."""
    use: TextPlace
    """Of the FROM."""


def is_reference(text: str) -> bool:
    """Whether a builder takes a text for the name of an image."""
    return _REFERENCE.fullmatch(text) is not None


def leaves_no_base(dockerfile: Dockerfile, start: Instruction) -> bool:
    """Whether a FROM is certainly refused, with its variables put in: ``python:`` names no image."""
    if start.keyword != "FROM" or start.stage is None:
        return False
    base = dockerfile.stages[start.stage].base_resolved
    return isinstance(base, str) and not is_reference(base)


def needed_arguments(dockerfile: Dockerfile) -> Iterator[NeededArgument]:
    """Each argument without a value, empty in a build that passes none, without which a FROM names no image."""
    declared = {
        pair.name: (argument, pair)
        for argument in dockerfile.all("ARG")
        if argument.stage is None
        for pair in argument.pairs
    }
    without = {name: one for name, one in declared.items() if _is_empty(dockerfile, one[1])}
    told = set()
    for stage in dockerfile.needed_stages() if without else ():
        start = stage.from_instruction
        used = [use.name for use in dockerfile.variables.uses(start) if use.name in without]
        if not used or not start.words or is_reference(_with_empty(dockerfile, start, used)):
            continue
        needed = [name for name in used if not is_reference(_with_empty(dockerfile, start, [name]))]
        for name in needed or used[:1]:  # none alone: of several one has to be given
            argument, pair = without[name]
            if name not in told:
                told.add(name)
                yield NeededArgument(name, argument.at(pair.span), start.place)


def _is_empty(dockerfile: Dockerfile, pair: Pair) -> bool:
    return pair.raw_value is None and pair.name not in dockerfile.build_args


def _with_empty(dockerfile: Dockerfile, start: Instruction, empty: Collection[str]) -> str:
    """The base's name with some arguments empty; any other that is not known stands as a letter."""

    def value(name: str) -> str:
        known = dockerfile.variables.value(name, start)
        return known if isinstance(known, str) else "" if known is None or name in empty else "x"

    found = expand(start.words[0].template, value, start.escape)
    return found if isinstance(found, str) else "x"
