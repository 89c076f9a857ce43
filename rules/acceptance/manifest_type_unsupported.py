from collections.abc import Iterator

from lambda_image_lint import Finding, KeyPlace, Manifest, Severity, rule
from lambda_image_lint.rulekit.media_types import CONFIGS, SCHEMA_1, is_image_manifest, strangers


@rule(
    "LIL102",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",),
    help="Build and push again with a builder of today: Docker schema 2 or OCI, one manifest, one config.",
)
def manifest_type_unsupported(manifest: Manifest) -> Iterator[Finding]:
    """The manifest, or its config, is of a type that Lambda does not take."""
    image = manifest.image
    if image is None:
        return
    if image.media_type in SCHEMA_1:
        yield Finding(
            "the manifest is Docker schema 1, and Lambda takes schema 2 and OCI", KeyPlace("manifest.mediaType")
        )
    elif not is_image_manifest(image):
        named = image.media_type or "not told"
        yield Finding(f"the manifest's type is {named}, which is no image manifest", KeyPlace("manifest.mediaType"))
    elif image.config is not None and image.config.media_type not in CONFIGS:
        yield Finding(
            f"the config's type is {image.config.media_type or 'not told'}: an artifact, no image",
            KeyPlace("manifest.config.mediaType"),
            help="Push the image itself to the tag; signatures, SBOMs and charts belong under tags of their own.",
        )
    elif foreign := strangers(image):
        types = ", ".join(dict.fromkeys(part.media_type for part in foreign))
        yield Finding(
            f"the manifest is {image.media_type}, but names {types}",
            KeyPlace("manifest.mediaType"),
            help="Write manifest, config and layers in one vocabulary: Docker's or OCI's (skopeo copy --format v2s2).",
            severity=Severity.WARNING,
        )
