from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Function, Severity, rule
from lambda_image_lint.knowledge import aws_base
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.stages import final_stages


@rule(
    "LIL707",
    Severity.INFO,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",),
    help="Write FROM --platform=linux/amd64 or linux/arm64, or always pass --platform to the build.",
    opt_in=True,
)
def arch_not_pinned(function: Function, dockerfile: Dockerfile) -> Iterator[Finding]:
    """Nothing in the Dockerfile says for which architecture the image is built."""
    bottom = next(iter(final_stages(dockerfile)), None)
    if bottom is None or bottom.platform is not None or bottom.base_resolved == "scratch":
        return
    base = aws_base(bottom.base_resolved) if isinstance(bottom.base_resolved, str) else None
    if base is not None and (base.architecture is not None or base.digest is not None):
        return
    fix = None
    if isinstance(function.architecture, str):
        option = f"--platform=linux/{function.architecture}"
        edit = after(bottom.from_instruction.keyword_span, f" {option}")
        fix = Fix(f"Write {option}", (edit,), Applicability.UNSAFE)
    yield Finding("the architecture is that of the machine which builds: FROM names no platform", bottom.place, fix=fix)
