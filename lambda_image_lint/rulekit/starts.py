"""How the function is started, as several rules ask it."""

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.model import Function

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
    return len(words) == 3 and words[0] in ("/bin/sh", "/bin/bash", "sh", "bash") and words[1].startswith("-") and "c" in words[1]
