"""The handler as the runtime will resolve it, asked once a function; and the edit that corrects it."""

from weakref import WeakKeyDictionary

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Form, Instruction
from lambda_image_lint.finding import Applicability, Edit, Fix, Span
from lambda_image_lint.function.languages import resolve
from lambda_image_lint.function.languages.resolution import Resolution
from lambda_image_lint.function.model import Function
from lambda_image_lint.rulekit.stages import final_instructions
from lambda_image_lint.rulekit.starts import is_shell_form

_resolutions: "WeakKeyDictionary[Function, Answer[Resolution]]" = WeakKeyDictionary()


def resolution(function: Function) -> Answer[Resolution]:
    """`resolve`, remembered: several rules ask the same question.

    A command in shell form brings no handler at all: a fault of its own, and the handler in it is not judged.
    """
    if isinstance(function.command, tuple) and is_shell_form(function.command):
        return Unknown("CMD is in shell form", function.where("command"))
    if function not in _resolutions:
        _resolutions[function] = resolve(function)
    return _resolutions[function]


def last_command(dockerfile: Dockerfile, *keywords: str) -> Instruction | None:
    """The CMD or ENTRYPOINT that counts: the last of the stages that become the image."""
    return next(reversed(list(final_instructions(dockerfile, *keywords))), None)


def handler_fix(dockerfile: Dockerfile | None, handler: str, right: str, applicability: Applicability) -> Fix | None:
    """Write another handler into the last CMD, or ENTRYPOINT, that holds this one as a JSON string."""
    if dockerfile is None:
        return None
    for keyword in ("CMD", "ENTRYPOINT"):
        instruction = last_command(dockerfile, keyword)
        if instruction is None or instruction.form is not Form.EXEC:
            continue
        for word in instruction.words:
            if word.text == handler and word.raw.strip('"') == handler and word.span.line == word.span.end_line:
                quotes = 1 if word.raw.startswith('"') else 0
                start, end = word.span.column + quotes, word.span.end_column - quotes
                edit = Edit(Span(word.span.line, start, word.span.line, end), right)
                return Fix(f"Write {right}", (edit,), applicability)
    return None
