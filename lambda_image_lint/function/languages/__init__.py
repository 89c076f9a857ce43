"""How each language's runtime finds the handler and what it imports, asked of a `Function` before Lambda does.

Everything is written against `Function`, `Files` and `Answer`: certain where the evidence is, Unknown where it ends.
The modules of the languages are loaded only when a function is written in them.
"""

from collections.abc import Iterator

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.languages.resolution import Broken, Language, Resolution, Resolved
from lambda_image_lint.function.languages.start import start_of
from lambda_image_lint.function.model import Function

__all__ = ["broken_imports", "handler_of", "language_of", "resolve"]


def language_of(function: Function) -> Answer[Language | None]:
    """By the AWS base, else by the runtime client that the entrypoint starts; None where it starts none of a language."""
    start = start_of(function)
    return start if isinstance(start, Unknown) or start is None else start.language


def handler_of(function: Function) -> Answer[str | None]:
    """The handler string that the runtime client will get; None where it gets none, or where there is no client."""
    start = start_of(function)
    return start if isinstance(start, Unknown) or start is None else start.handler


def resolve(function: Function) -> Answer[Resolution]:
    """What the runtime will make of the handler. Unknown also where no handler reaches a client: others tell of that."""
    start = start_of(function)
    if isinstance(start, Unknown):
        return start
    if start is None:
        return Unknown("no known runtime client is started", function.where("entrypoint"))
    if start.handler is None:
        return Unknown("no handler reaches the runtime client", function.handler_place())
    match start.language:
        case Language.PYTHON:
            from lambda_image_lint.function.languages.python import handler as python

            return python.resolve(function, start, start.handler)
        case Language.PROVIDED:
            # Any string does: the bootstrap makes of it what it likes.
            return Resolved(start.handler, None, start.handler)
    return Unknown(f"handlers of {start.language} are not resolved", function.handler_place())


def broken_imports(function: Function) -> Iterator[Broken | Unknown]:
    """What certainly stops the handler's module from loading; Unknown for each import that could not be decided."""
    start = start_of(function)
    if isinstance(start, Unknown):
        yield start
    elif start is not None and start.handler is not None and start.language is Language.PYTHON:
        from lambda_image_lint.function.languages.python.imports import broken_imports as python

        yield from python(function, start, start.handler)
