"""Which value a variable has at an instruction, and what a text is once Docker has put values in."""

from collections.abc import Callable, Iterable, Mapping

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.expansion import expand
from lambda_image_lint.dockerfile.model import Instruction

BaseEnvironment = Callable[[str], Mapping[str, str] | None]
"""The ENV of an image, by reference; None: not known, so any variable may be set."""


class GlobalScope:
    """The ARGs before the first FROM, which FROM lines see."""

    def __init__(self, instructions: Iterable[Instruction], build_args: Mapping[str, str]) -> None:
        self._values: dict[str, Answer[str | None]] = {}
        for instruction in instructions:
            if instruction.stage is not None:
                break
            if instruction.keyword != "ARG":
                continue
            for pair in instruction.pairs:
                if pair.name in build_args:
                    self._values[pair.name] = build_args[pair.name]
                elif pair.raw_value is None:
                    self._values[pair.name] = Unknown(f"ARG {pair.name} has no default", instruction.at(pair.span))
                else:
                    self._values[pair.name] = expand(pair.raw_value, self.value, instruction.escape)

    def value(self, name: str) -> Answer[str | None]:
        """None: no ARG declares it."""
        return self._values.get(name)

    def expand(self, template: str, instruction: Instruction) -> Answer[str]:
        """A template on a FROM line with values put in."""
        return expand(template, self.value, instruction.escape)
