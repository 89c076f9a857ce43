from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.native.libraries import MissingInterpreter
from lambda_image_lint.rulekit.binaries import faults


@rule(
    "LIL502",
    Severity.ERROR,
    sources=(
        "https://man7.org/linux/man-pages/man8/ld.so.8.html",
        "https://github.com/DataDog/datadog-agent/issues/858",
        "own: boots of programs whose loader is not in the image",
    ),
    help="Build it against the image's own C library, or link it statically (CGO_ENABLED=0, a musl target).",
)
def elf_interpreter_missing(function: Function) -> Iterator[Finding | Unknown]:
    """A program needs a loader that is not in the image: the kernel says that the program itself is not there."""
    for fault in faults(function):
        if isinstance(fault, Unknown):
            yield fault
        elif isinstance(fault.lacking, MissingInterpreter):
            yield Finding(
                f"{fault.binary.file.path} needs the loader {fault.lacking.interpreter}, which is not in the image",
                fault.binary.file.place,
                help="Build it against the image's own C library, or link it statically (CGO_ENABLED=0, a musl target). "
                f"Lambda says: {fault.lacking.error}",
            )
