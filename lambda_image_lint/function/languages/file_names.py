"""A handler that is the name of a file: ``dist/main.js``, ``app.py``.

Each runtime takes what stands behind the dot for a function, and no function is called ``js``. So the form alone decides,
whether the file is known or not; only a module that is seen to export the name is let pass.
"""

from lambda_image_lint.answer import Answer
from lambda_image_lint.function.languages.resolution import (
    BadFormat,
    FunctionMissing,
    Language,
    Resolution,
    Resolved,
    SyntaxFault,
)

_SOURCES = frozenset({"js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "py", "rb", "jar"})
_SUFFIXES = {
    Language.PYTHON: _SOURCES,
    Language.NODE: _SOURCES,
    Language.RUBY: _SOURCES,
    # A class may have any name: only those that no Java source could give it.
    Language.JAVA: frozenset({"jar", "java", "class", "war"}),
}
_USUAL_NAMES = ("handler", "lambda_handler", "lambdaHandler", "main")
"""What handlers are called: for suggestions only."""


def named_file(language: Language, handler: str, found: Answer[Resolution]) -> Answer[Resolution]:
    """`found`, or the fault of a handler that names a file and no function."""
    suffixes = _SUFFIXES.get(language, frozenset())
    folder, slash, last = handler.rpartition("/")
    parts = last.split(".")
    # Node takes all behind the first dot for the function's path: index.js.handler looks for an export `js`.
    inside = language is Language.NODE and len(parts) == 3 and parts[1] in suffixes
    if len(parts) < 2 or not parts[0] or not (parts[-1] in suffixes or inside) or "::" in handler:
        return found
    if isinstance(found, (BadFormat, SyntaxFault)) or (
        isinstance(found, Resolved) and (found.doubt is None or found.line is not None)
    ):
        return found
    stem = f"{folder}{slash}{parts[0] if inside else last.rpartition('.')[0]}"
    defined = found.defined if isinstance(found, FunctionMissing) else ()
    names = (parts[2], *_USUAL_NAMES) if inside else _USUAL_NAMES
    name = next((name for name in names if name in defined), None)
    return BadFormat(
        handler,
        "it names the file with its suffix" if inside else "it names a file and no function",
        _error(language, handler, found),
        f"{stem}.{name}" if name else None,
    )


def _error(language: Language, handler: str, found: Answer[Resolution]) -> str:
    if isinstance(found, FunctionMissing):
        return found.error
    symbol, module = handler.rpartition(".")[2], handler.rpartition(".")[0]
    return {
        Language.PYTHON: f"Runtime.HandlerNotFound: Handler '{symbol}' missing on module '{module}'",
        Language.NODE: f"Runtime.HandlerNotFound: {handler} is undefined or not exported",
        Language.RUBY: f"NoMethodError: undefined method '{symbol}'",
    }.get(language, f"java.lang.ClassNotFoundException: {handler}")
