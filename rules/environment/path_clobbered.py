from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Function, Severity, Span, rule
from lambda_image_lint.knowledge import aws_base_config
from lambda_image_lint.rulekit.stages import final_instructions

_VARIABLES = ("PATH", "LD_LIBRARY_PATH")


@rule(
    "LIL605",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",),
    help="Keep what the base has: put :$PATH behind the new value.",
)
def path_clobbered(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding]:
    """PATH or LD_LIBRARY_PATH loses what the AWS base has in it."""
    base = function.base
    if base is None or base.language in ("provided", "go", "unknown"):
        return
    for name in _VARIABLES:
        value = function.environment.get(name)
        # The first folder is the runtime's own; the others are the system's, or may be empty.
        own = (aws_base_config(base.language).environment.get(name) or "").partition(":")[0]
        if isinstance(value, str) and own and own not in [folder.rstrip("/") for folder in value.split(":")]:
            yield Finding(
                f"{name} loses {own}, where the base image keeps its runtime",
                function.where(f"environment.{name}"),
                help=f"Keep what the base has: put :${name} behind the new value.",
                fix=_fix(dockerfile, name),
            )


def _fix(dockerfile: Dockerfile | None, name: str) -> Fix | None:
    """Put the old value behind the new one, in the ENV that counts."""
    pairs = [pair for env in final_instructions(dockerfile, "ENV") for pair in env.pairs] if dockerfile else []
    pair = next((one for one in reversed(pairs) if one.name == name), None)
    if pair is None or pair.value_span is None or not pair.raw_value or "'" in pair.raw_value:
        return None
    end = pair.value_span.end_column - (1 if pair.raw_value.endswith('"') else 0)
    span = Span(pair.value_span.end_line, end, pair.value_span.end_line, end)
    return Fix(f"Keep the base's {name}", (Edit(span, f":${{{name}}}"),), Applicability.SAFE)
