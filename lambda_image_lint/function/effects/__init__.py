"""What the commands of a RUN do to the file system: one module for each family of commands.

An effect is a function that takes a `Call` and changes the file system of the stage under interpretation as the command
would. A command without one makes unknown what it may have touched: see `unknown`.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module

from lambda_image_lint.function.effects.call import Call

Effect = Callable[[Call], None]

_FAMILIES = (
    "archives",
    "builds",
    "downloads",
    "files",
    "node",
    "projects",
    "python",
    "quiet",
    "ruby",
    "search",
    "system",
    "text",
)


@cache
def _effects() -> Mapping[str, Effect]:
    """Program → effect, from the table ``EFFECTS`` of every family."""
    effects: dict[str, Effect] = {}
    for family in _FAMILIES:
        effects.update(import_module(f"{__name__}.{family}").EFFECTS)
    return effects


def effect_of(program: str) -> Effect:
    """The effect of a program by its name without folder; that of an unknown one where there is no better."""
    from lambda_image_lint.function.effects.python import python_effect
    from lambda_image_lint.function.effects.unknown import unknown

    return _effects().get(program) or python_effect(program) or unknown
