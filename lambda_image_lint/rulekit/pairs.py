"""Edits on the pairs of an ENV."""

from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
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
