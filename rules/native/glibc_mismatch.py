from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.native.libraries import MissingVersion
from lambda_image_lint.rulekit.binaries import faults
from lambda_image_lint.rulekit.linking import built_elsewhere


@rule(
    "LIL504",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html",
        "https://github.com/awslabs/aws-lambda-rust-runtime/issues/878",
        "own: boots of programs that ask for a newer C library",
    ),
    help="Build it on the system that it runs on (an AWS base of the same kind), or link it statically.",
)
def glibc_mismatch(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """A compiled file asks for a newer C library than the image has, or for another one."""
    for built in built_elsewhere(dockerfile) if dockerfile is not None else ():
        yield Finding(
            f"{built.source} is linked on {built.built_on} and runs on {built.runs_on}",
            built.copy.place,
            severity=Severity.WARNING,
        )
    told = set()
    for fault in faults(function):
        if isinstance(fault, Unknown):
            yield fault
            continue
        lacking, binary = fault.lacking, fault.binary
        if isinstance(lacking, MissingVersion) and (lacking.file.path, lacking.library.path) not in told:
            told.add((lacking.file.path, lacking.library.path))
            yield Finding(
                f"{lacking.file.path} needs {lacking.version}, which {lacking.library.path} does not have: {binary.why}",
                lacking.file.place,
                help=f"Build it on the system that it runs on, or link it statically. The loader says: {lacking.error}",
                severity=None if binary.is_certain else Severity.WARNING,
            )
