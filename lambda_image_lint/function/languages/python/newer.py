"""Whether a newer Python might accept what this one refuses.

The grammar only grows. What it gained after Python 3.10 starts with few signs: where none of them is near the fault,
the fault is one in every version. Source: docs.python.org/3/whatsnew/3.11 to 3.15, read 2026-11-23.
"""

import re

from lambda_image_lint.patterns import lazy

_FORMATTED = lazy(r"(?<![A-Za-z0-9_])(?:[fFtT][rR]?|[rR][fFtT])[\"']")
_SIGNS = lazy(
    r"""
      ^\s*type\s+\w            # type X = …                        3.12
    | \b(?:def|class)\s+\w+\s*\[  # def f[T](), class C[T]         3.12
    | \bexcept\b               # except*, except A, B:             3.11, 3.14
    | \blazy\b                 # lazy import                       3.15
    | \*.*\bfor\b              # [*row for row in rows]            3.15
    | \[[^\]]*\*               # a[*b]                             3.11
    | :\s*\*                   # def f(*args: *Ts)                 3.11
    """,
    re.VERBOSE | re.MULTILINE,
)
_ANY_VERSION = lazy(r"outside function|outside loop|not properly in loop|is nonlocal and global|duplicate argument")


def may_be_newer_syntax(source: bytes, error: SyntaxError) -> bool:
    """True where the image's newer Python might take the source."""
    if isinstance(error, IndentationError) or _ANY_VERSION.search(error.msg):
        return False
    text = source.decode("utf-8", "replace")
    lines = text.splitlines()
    last = error.lineno or len(lines)
    if "f-string" in error.msg or "t-string" in error.msg:
        return True
    if "never closed" in error.msg or "unterminated" in error.msg:
        return _FORMATTED.search(text) is not None
    near = "\n".join(lines[max(0, last - 3) : max(last, error.end_lineno or 0)])
    return _SIGNS.search(near) is not None or _FORMATTED.search(near) is not None
