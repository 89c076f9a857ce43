"""What is read out of a text, once: a run asks the same modules for many rules, and for every Dockerfile beside them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_MANY, _FEW = 512, 8
"""Texts of each size that are remembered with what was read out of them; as many as a function's modules are followed."""
_SMALL = 64 * 1024
"""Bytes. A longer source is mostly data, and there are few in a function."""


def once(read: Callable[Concatenate[bytes, P], T]) -> Callable[Concatenate[bytes, P], T]:
    """`read`, its last results remembered by the text and what else it is given; they are shared, and must not be changed."""
    small, large = lru_cache(maxsize=_MANY)(read), lru_cache(maxsize=_FEW)(read)

    def remembering(content: bytes, /, *settings: P.args, **named: P.kwargs) -> T:
        return (small if len(content) <= _SMALL else large)(content, *settings, **named)  # type: ignore[arg-type]

    return remembering
