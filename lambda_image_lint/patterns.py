"""Regular expressions that are compiled when they are first asked something."""

import re
from typing import Any, cast


class _Lazy:
    """Stands for a pattern; each method is looked up in the compiled one once."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, value)
        return value


def lazy(text: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile` for a module that most runs load and few ask: compiling costs a hundred times what declaring does."""
    return cast("re.Pattern[str]", _Lazy(text, flags))
