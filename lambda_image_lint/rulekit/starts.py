"""How the function is started, as several rules ask it."""

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.chain import Step, chain
from lambda_image_lint.function.model import File, Function
from lambda_image_lint.function.scripts import Body, body_of, commands_of, shebang_of

BASE_ENTRYPOINT = ("/lambda-entrypoint.sh",)
"""Of every AWS base image; it takes exactly one word, the handler. Source: aws/aws-lambda-base-images#112."""

SHELL_FORM = ("/bin/sh", "-c")
"""What the shell form of CMD or ENTRYPOINT begins with, where no SHELL says otherwise."""


def uses_base_entrypoint(function: Function) -> Answer[bool]:
    """Whether the entrypoint of the AWS bases starts the function."""
    entrypoint = function.entrypoint
    return entrypoint if isinstance(entrypoint, Unknown) else entrypoint == BASE_ENTRYPOINT


def is_shell_form(words: tuple[str, ...]) -> bool:
    """Whether a command is one that Docker has put into a shell."""
    return (
        len(words) == 3
        and words[0] in ("/bin/sh", "/bin/bash", "sh", "bash")
        and words[1].startswith("-")
        and "c" in words[1]
    )


def first_program(function: Function) -> Answer[Step | None]:
    """What is executed first; None where nothing is."""
    steps = chain(function)
    return steps if isinstance(steps, Unknown) else next(iter(steps), None)


def executes_its_arguments(function: Function, step: Step) -> bool:
    """Whether a step is a shell script that executes what it is given: ``exec "$@"``."""
    mark = "what-it-is-given"
    body = body_of(step.found, (mark,)) if isinstance(step.found, File) and shebang_of(step.found) else None
    return isinstance(body, Body) and any(words[0] == mark for words, _ in commands_of(body, function.environment))


def is_handler_word(word: str) -> bool:
    """Whether a word that should be a program is a handler: ``app.handler``, ``src/app.handler``, ``pkg.Class::method``."""
    head, dot, tail = word.rpartition("/")[2].rpartition(".")
    return "::" in word or bool(dot and head and tail.isidentifier() and tail not in _PROGRAM_ENDINGS)


_PROGRAM_ENDINGS = frozenset("sh py js mjs cjs rb pl exe jar ts php bash bin".split())
