"""Edits on the pairs of an ENV."""

from collections.abc import Iterator

from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Pair
from lambda_image_lint.finding import Edit, Span
from lambda_image_lint.rulekit.edits import remove_instruction


def remove_pair(dockerfile: Dockerfile, instruction: Instruction, index: int) -> Edit:
    """Delete one pair, with what parts it from its neighbour; with the instruction where it is the only one."""
    pairs = instruction.pairs
    if len(pairs) == 1:
        return remove_instruction(dockerfile, instruction)
    span = pairs[index].span
    if index == 0:
        following = pairs[1].span
        return Edit(Span(span.line, span.column, following.line, following.column), "")
    before = pairs[index - 1].span
    return Edit(Span(before.end_line, before.end_column, span.end_line, span.end_column), "")


def spaced_values(instruction: Instruction) -> Iterator[tuple[Pair, Edit | None]]:
    """``NAME = value``, which the old form without an equals sign reads as the value ``= value``; with the edit that
    takes the blanks away, None where what the value means is not plain."""
    for pair in instruction.pairs:
        start = pair.value_bounds[0] if pair.value_bounds else 0
        # `NAME==value` has no blank in between, and is meant so.
        if (
            (pair.raw_value or "").startswith("=")
            and start > pair.name_bounds[1]
            and "=" not in pair.line.text[pair.name_bounds[1] : start]
        ):
            yield pair, _without_blanks(pair)


def _without_blanks(pair: Pair) -> Edit | None:
    value, span = (pair.raw_value or "")[1:].strip(" \t"), pair.span
    if not value or "=" in value or span.line != span.end_line:
        return None
    is_quoted = value[0] in "\"'" and value.find(value[0], 1) == len(value) - 1
    if any(letter in value for letter in " \t") and not is_quoted:
        if any(letter in value for letter in "\"'\\"):
            return None
        value = f'"{value}"'
    return Edit(Span(span.line, pair.name_span.end_column, span.end_line, span.end_column), f"={value}")
