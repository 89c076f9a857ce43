from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.native import elf, machine_matches
from lambda_image_lint.function.native.elf import Elf
from lambda_image_lint.function.native.python_abi import tag_of
from lambda_image_lint.rulekit.binaries import binaries


@rule(
    "LIL501",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
        "https://github.com/aws/aws-lambda-base-images/issues/26",
        "own: boots of images that hold files for another machine",
    ),
    help="Build it for the image's architecture, or build the image for the other and choose that for the function.",
)
def elf_architecture_mismatch(function: Function) -> Iterator[Finding | Unknown]:
    """A compiled file that the function loads is for another processor than the image."""
    own = function.architecture
    if isinstance(own, Unknown):
        return
    for binary in binaries(function):
        if isinstance(binary, Unknown):
            yield binary
            continue
        facts = elf(binary.file)
        tag = tag_of(binary.file.path)
        if not isinstance(facts, Elf) or machine_matches(facts, own):
            continue
        # A name that says so itself is another rule's matter.
        if tag is None or tag.machine == {"amd64": "x86_64", "arm64": "aarch64"}.get(own):
            yield Finding(
                f"{binary.file.path} is for {facts.architecture}, the image for {own}: {binary.why}",
                binary.file.place,
                severity=None if binary.is_certain else Severity.WARNING,
            )
