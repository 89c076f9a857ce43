"""Which runtime client a function has: what on the way from its entrypoint asks the Runtime API for events."""

from lambda_image_lint import knowledge
from lambda_image_lint.answer import Answer
from lambda_image_lint.function.image_base import base_entrypoint
from lambda_image_lint.function.model import Function, RuntimeClient

BASE_IMAGE = "base image"

BOOTSTRAP = "/var/runtime/bootstrap"
"""What the entrypoint of an AWS base executes. Source: https://github.com/aws/aws-lambda-base-images/issues/112"""


def runtime_client(function: Function) -> Answer[RuntimeClient | None]:
    """The client; None where certainly nothing asks for events; Unknown, with the reason, where it cannot be told."""
    brought = _by_base(function)
    if brought is not None:
        return brought
    # Most functions stand on an AWS base and need none of this.
    from lambda_image_lint.function.clients.steps import started_client

    return started_client(function)


def _by_base(function: Function) -> RuntimeClient | None:
    """The client of an AWS base for a language, or of another base that has one, where its entrypoint is in force."""
    if function.base is not None and function.entrypoint == base_entrypoint():
        if function.base.language in ("provided", "unknown"):
            return None
        return RuntimeClient(BASE_IMAGE, function.base.version, BOOTSTRAP)
    if isinstance(function.base_reference, str) and function.entrypoint_is_inherited:
        name = knowledge.base_client(function.base_reference)
        return None if name is None else RuntimeClient(name, None, None)
    return None
