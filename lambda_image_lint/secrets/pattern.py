"""Patterns, compiled at first need."""

import re
from functools import lru_cache


@lru_cache(maxsize=64)
def compiled(pattern: str) -> re.Pattern[str]:
    """Most texts hold none of what the patterns begin with, and compiling all takes longer than linting a file."""
    return re.compile(pattern, re.ASCII)
