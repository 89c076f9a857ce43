"""Docker's own expansion of variables: ``$X``, ``${X:-y}``, quotes and escapes."""

from collections.abc import Callable

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.arguments import unquoted

Lookup = Callable[[str], Answer[str | None]]
"""The value of a variable; None: it is not set."""


def expand(template: str, lookup: Lookup, escape: str = "\\") -> Answer[str]:
    if "$" not in template:
        return unquoted(template, escape)
    return Unknown("not yet")
