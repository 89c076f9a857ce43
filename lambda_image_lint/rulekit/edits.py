"""Edits that several rules make."""

from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import Option
from lambda_image_lint.finding import Edit, Span


def after(span: Span, text: str) -> Edit:
    """Insert right behind a span."""
    return Edit(Span(span.end_line, span.end_column, span.end_line, span.end_column), text)


def before(span: Span, text: str) -> Edit:
    """Insert right before a span."""
    return Edit(Span(span.line, span.column, span.line, span.column), text)


def remove_instruction(dockerfile: Dockerfile, instruction: Instruction) -> Edit:
    """Delete an instruction with its whole lines; the comments above it stay."""
    span = instruction.span
    last = len(dockerfile.source.line_starts)
    if span.end_line < last:
        return Edit(Span(span.line, 1, span.end_line + 1, 1), "")
    if span.line > 1:
        above = len(dockerfile.line_text(span.line - 1))
        return Edit(Span(span.line - 1, above + 1, span.end_line, span.end_column), "")
    return Edit(span, "")


def remove_option(dockerfile: Dockerfile, span: Span) -> Edit:
    """Delete a word together with the blanks before it; a word that has a line to itself goes with its line's break."""
    line = dockerfile.line_text(span.line)
    start = span.column - 1
    while start > 0 and line[start - 1] in " \t":
        start -= 1
    if line[:start].strip() == "" or start == 0:
        end_line = dockerfile.line_text(span.end_line)
        end = span.end_column - 1
        while end < len(end_line) and end_line[end] in " \t":
            end += 1
        return Edit(Span(span.line, span.column, span.end_line, end + 1), "")
    return Edit(Span(span.line, start + 1, span.end_line, span.end_column), "")


def drop_option(dockerfile: Dockerfile, option: Option) -> Edit | None:
    """Take an option without a value away, out of joined ones too: ``-k``, and the k of ``-skL``; None where it is written
    in another way."""
    word, name = option.word, option.name
    if word.raw == name:
        return remove_option(dockerfile, word.span)
    at = word.raw.find(name[1:]) if len(name) == 2 and word.raw[:1] == "-" and word.raw[1:].isalpha() else -1
    if at < 1 or word.span.line != word.span.end_line:
        return None
    column = word.span.column + at
    return Edit(Span(word.span.line, column, word.span.line, column + 1), "")
