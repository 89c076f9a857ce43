from collections.abc import Iterator

from lambda_image_lint import FilePlace, FileTree, Finding, Function, Severity, rule
from lambda_image_lint.rulekit.bytecode import stale
from lambda_image_lint.rulekit.sizes import shown_size


@rule(
    "LIL222",
    Severity.WARNING,
    sources=(
        "https://peps.python.org/pep-0552/",
        "https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation",
        "https://github.com/serverless/serverless/issues/13889",
    ),
    help="Compile last, without times: RUN python -m compileall -q --invalidation-mode unchecked-hash DIRECTORY.",
)
def stale_bytecode(tree: FileTree, function: Function) -> Iterator[Finding]:
    """Compiled modules that Python throws away, because the time of their source has changed."""
    for folder in stale(tree, function):
        yield Finding(
            f"{shown_size(folder.bytes)} of modules below {folder.path} are compiled at each cold start: their .pyc files "
            "are stale",
            FilePlace(folder.largest.path),
        )
