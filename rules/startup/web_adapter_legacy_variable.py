from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Function, Severity, rule
from lambda_image_lint.knowledge import web_adapter_renamed
from lambda_image_lint.rulekit.adapters import adapter
from lambda_image_lint.rulekit.readiness import adapter_version, is_read
from lambda_image_lint.rulekit.stages import final_instructions

_AMBIGUOUS = ("HOST",)
"""Servers read it too."""


@rule(
    "LIL219",
    Severity.WARNING,
    sources=("https://aws.github.io/aws-lambda-web-adapter/",),
    help="Write the name with the prefix AWS_LWA_.",
)
def web_adapter_legacy_variable(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding]:
    """A variable of the web adapter has the name that it had before it got a prefix."""
    old = [name for name in web_adapter_renamed() if name in function.environment and name not in _AMBIGUOUS]
    client = adapter(function) if old else None
    if client is None:
        return
    version = adapter_version(client)
    for name in old:
        new = web_adapter_renamed()[name]
        if new not in function.environment and is_read(new, version):
            yield Finding(
                f"{name} is an old name of the web adapter's, now {new}",
                function.where(f"environment.{name}"),
                help=f"Set {new} instead; the old name goes with version 2.0.",
                fix=_fix(dockerfile, name, new),
            )


def _fix(dockerfile: Dockerfile | None, name: str, new: str) -> Fix | None:
    """Another name, where nothing else in the file reads the old one."""
    if dockerfile is None or f"${name}" in dockerfile.text or f"${{{name}" in dockerfile.text or "STATUS" in name:
        return None
    spans = [pair.name_span for one in final_instructions(dockerfile, "ENV") for pair in one.pairs if pair.name == name]
    edits = tuple(Edit(span, new) for span in spans)
    return Fix(f"Rename it to {new}", edits, Applicability.SAFE) if edits else None
