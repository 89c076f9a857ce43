from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, FilePlace, FileTree, Finding, Fix, Function, Severity, rule
from lambda_image_lint.rulekit.bytecode import uncompiled
from lambda_image_lint.rulekit.compiling import Uncompiled, leaves_uncompiled, runs_python
from lambda_image_lint.rulekit.sizes import shown_size


@rule(
    "LIL223",
    Severity.WARNING,
    sources=(
        "https://docs.python.org/3/tutorial/modules.html#compiled-python-files",
        "https://docs.astral.sh/uv/guides/integration/docker/#compiling-bytecode",
        "https://github.com/serverless/serverless/issues/13889",
    ),
    help="Compile in the build: uv with --compile-bytecode, or RUN python -m compileall -q DIRECTORY as the last step.",
)
def bytecode_missing(function: Function, dockerfile: Dockerfile | None, tree: FileTree | None) -> Iterator[Finding]:
    """Python's modules have no compiled form, and are compiled at each cold start."""
    if tree is not None:
        for folder in uncompiled(tree):
            yield Finding(
                f"{shown_size(folder.bytes)} of modules below {folder.path} are compiled at each cold start: they have no "
                ".pyc files",
                FilePlace(folder.largest.path),
            )
    elif dockerfile is not None and runs_python(function):
        for one in leaves_uncompiled(dockerfile):
            yield Finding(
                f"{one.what}: Python compiles them at each cold start",
                one.place,
                severity=None if one.asked_for else Severity.INFO,
                fix=_fix(one),
            )


def _fix(one: Uncompiled) -> Fix | None:
    return None if one.edit is None else Fix("Compile the modules", (one.edit,), Applicability.SAFE)
