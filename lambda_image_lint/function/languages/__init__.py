"""How each language's runtime finds the handler and what it imports, asked of a `Function` before Lambda does.

Everything is written against `Function`, `Files` and `Answer`: certain where the evidence is, Unknown where it ends.
The modules of the languages are loaded only when a function is written in them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.languages.file_names import named_file
from lambda_image_lint.function.languages.resolution import Broken, Language, NotResolved, Resolution, Resolved
from lambda_image_lint.function.languages.start import BASE_CLIENT, Start, start_of
from lambda_image_lint.function.model import File, Function

if TYPE_CHECKING:
    from lambda_image_lint.function.languages.dotnet import MissingConfiguration
    from lambda_image_lint.function.languages.node.modules import CallbackHandler, WrongKind

__all__ = [
    "broken_imports",
    "callback_handler",
    "handler_of",
    "java_jars_beside_lib",
    "language_of",
    "missing_dotnet_configuration",
    "resolve",
    "wrong_module_kind",
]


def language_of(function: Function) -> Answer[Language | None]:
    """By the AWS base, else by the runtime client that the entrypoint starts; None where it starts none of a language."""
    start = start_of(function)
    return start if isinstance(start, Unknown) or start is None else start.language


def handler_of(function: Function) -> Answer[str | None]:
    """The handler string that the runtime client will get; None where it gets none, or where there is no client."""
    start = start_of(function)
    return start if isinstance(start, Unknown) or start is None else start.handler


def resolve(function: Function) -> Answer[Resolution]:
    """What the runtime will make of the handler."""
    start = start_of(function)
    if isinstance(start, Unknown):
        return start
    if start is None:
        return NotResolved("no client is started that looks for a handler")
    if start.handler is None:
        return NotResolved("no handler reaches the runtime client")
    return named_file(start.language, start.handler, _resolve(function, start, start.handler))


def _resolve(function: Function, start: Start, handler: str) -> Answer[Resolution]:
    match start.language:
        case Language.PYTHON:
            from lambda_image_lint.function.languages.python import handler as python

            return python.resolve(function, start, handler)
        case Language.NODE:
            from lambda_image_lint.function.languages.node import handler as node

            return node.resolve(function, start, handler)
        case Language.JAVA:
            from lambda_image_lint.function.languages.java import handler as java

            return java.resolve(function, start, handler)
        case Language.DOTNET:
            from lambda_image_lint.function.languages import dotnet

            return dotnet.resolve(function, start, handler)
        case Language.RUBY:
            from lambda_image_lint.function.languages import ruby

            return ruby.resolve(function, start, handler)
        case Language.PROVIDED:
            # Any string does: the bootstrap makes of it what it likes.
            return Resolved(handler, None, handler)


def broken_imports(function: Function) -> Iterator[Broken | Unknown]:
    """What certainly stops the handler's module from loading; Unknown for each import that could not be decided."""
    start = start_of(function)
    if isinstance(start, Unknown):
        yield start
    elif start is None or start.handler is None:
        return
    elif start.language is Language.PYTHON:
        from lambda_image_lint.function.languages.python import imports

        yield from imports.broken_imports(function, start, start.handler)
    elif start.language is Language.NODE:
        from lambda_image_lint.function.languages.node import modules

        yield from modules.broken_imports(function, start, start.handler)


def missing_dotnet_configuration(function: Function) -> "Answer[MissingConfiguration | None]":
    """What ``dotnet publish`` writes and the AWS base's start script does not find; None for other languages."""
    start = start_of(function)
    if isinstance(start, Unknown):
        return start
    if start is None or start.language is not Language.DOTNET:
        return None
    from lambda_image_lint.function.languages import dotnet

    return dotnet.missing_configuration(function, start)


def java_jars_beside_lib(function: Function) -> Answer[tuple[File, ...]]:
    """Jars directly in the task root of a Java function on an AWS base, which does not look there."""
    start = start_of(function)
    if isinstance(start, Unknown):
        return start
    if start is None or start.language is not Language.JAVA or start.client != BASE_CLIENT:
        return ()
    from lambda_image_lint.function.languages.java import handler

    return handler.jars_beside_lib(function)


def wrong_module_kind(function: Function) -> "Answer[WrongKind | None]":
    """A Node handler's module that is written as another kind than Node loads it as; None for other languages."""
    start = start_of(function)
    if isinstance(start, Unknown):
        return start
    if start is None or start.language is not Language.NODE or start.handler is None:
        return None
    from lambda_image_lint.function.languages.node import modules

    return modules.wrong_kind(function, start, start.handler)


def callback_handler(function: Function) -> "Answer[CallbackHandler | None]":
    """A Node handler with a callback, on a Node that refuses it; None for other languages."""
    start = start_of(function)
    if isinstance(start, Unknown):
        return start
    if start is None or start.language is not Language.NODE or start.handler is None:
        return None
    from lambda_image_lint.function.languages.node import modules

    return modules.callback_handler(function, start, start.handler)
