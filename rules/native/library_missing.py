from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.native.libraries import MissingLibrary
from lambda_image_lint.rulekit.binaries import closed_libraries, faults

DRIVERS = ("libcuda.so.1", "libnvidia-ml.so.1")
"""Of a graphics card's driver, which no image brings: what needs them is there for machines that have one."""


@rule(
    "LIL503",
    Severity.ERROR,
    sources=(
        "https://man7.org/linux/man-pages/man8/ld.so.8.html",
        "own: boots of images that lack a library of their runtime client or program",
    ),
    help="Install the package that brings it, in the stage that becomes the image.",
)
def library_missing(function: Function) -> Iterator[Finding | Unknown]:
    """A library that a compiled file needs is in none of the folders where the loader looks."""
    for closed in closed_libraries(function):
        yield Finding(
            f"{closed.binary.file.path} needs {closed.name}, and mode {closed.barrier.mode:04o} of {closed.barrier.path} "
            "keeps Lambda's user from reading it",
            closed.barrier.place,
            help="Make it readable for everybody: chmod a+r, and a+x for its folders.",
        )
    told = set()
    for fault in faults(function):
        if isinstance(fault, Unknown):
            yield fault
            continue
        lacking, binary = fault.lacking, fault.binary
        if not isinstance(lacking, MissingLibrary) or lacking.name in DRIVERS or (lacking.name, binary.why) in told:
            continue
        # A process that has loaded the library from another folder before finds it by its name.
        if lacking.elsewhere and not binary.is_program:
            continue
        told.add((lacking.name, binary.why))

        yield Finding(
            f"{lacking.file.path} needs {lacking.name}, which is not in the image: {binary.why}",
            lacking.file.place,
            help="Install the package that brings it, in the stage that becomes the image. "
            f"The loader says: {lacking.error}",
            severity=None if binary.is_certain else Severity.WARNING,
        )
