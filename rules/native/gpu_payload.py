from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Function, Severity, rule
from lambda_image_lint.rulekit import gpu


@rule(
    "LIL507",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
        "https://pytorch.org/get-started/locally/",
    ),
    help="Install the variant for ordinary processors: pip install torch --index-url "
    "https://download.pytorch.org/whl/cpu. It touches the 10 GiB limit, push and storage, and the time in Pending.",
)
def gpu_payload(function: Function, dockerfile: Dockerfile | None, context: Context | None) -> Iterator[Finding]:
    """The image brings libraries for graphics processors, which Lambda does not have."""
    for found in gpu.gpu_payload(function, dockerfile, context):
        condition = "" if found.is_certain else " on x86_64"
        yield Finding(
            f"{found.what} brings CUDA{condition}, and Lambda has no graphics processor",
            found.place,
            severity=None if found.is_certain else Severity.INFO,
        )
