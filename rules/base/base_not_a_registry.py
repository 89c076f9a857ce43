from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Severity, rule
from lambda_image_lint.knowledge import image_name, not_a_registry
from lambda_image_lint.rulekit.stages import external_bases


@rule(
    "LIL706",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/AmazonECR/latest/public/public-gallery.html",),
    help="Pull from public.ecr.aws.",
)
def base_not_a_registry(dockerfile: Dockerfile) -> Iterator[Finding]:
    """FROM names a web page that looks like a registry."""
    for stage, reference in external_bases(dockerfile):
        if not not_a_registry(reference):
            continue
        host = image_name(reference).registry
        right = reference.replace(host, "public.ecr.aws", 1)
        word = stage.from_instruction.words[0]
        edits = (Edit(word.span, word.raw.replace(host, "public.ecr.aws", 1)),)
        yield Finding(
            f"{host} is a web page, not a registry",
            stage.from_instruction.at(word.span),
            help=f"Pull {right}.",
            fix=Fix("Pull from public.ecr.aws", edits, Applicability.SAFE) if host in word.raw else None,
        )
