from collections.abc import Iterator

from lambda_image_lint import Finding, KeyPlace, Manifest, Severity, rule
from lambda_image_lint.knowledge import limit
from lambda_image_lint.rulekit.manifests import bulk


@rule(
    "LIL108",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",),
)
def manifest_too_large(manifest: Manifest) -> Iterator[Finding]:
    """The manifest is longer than AWS recommends."""
    image, most = manifest.image, limit("manifest_bytes")
    if image is not None and image.size > most:
        yield Finding(
            f"the manifest is {image.size:,} bytes long, over the recommended {most:,}",
            KeyPlace("manifest"),
            help=bulk(image),
        )
