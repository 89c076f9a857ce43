from collections.abc import Iterator

from lambda_image_lint import Finding, KeyPlace, Manifest, Settings, Severity, rule
from lambda_image_lint.rulekit.indexes import cure, described
from lambda_image_lint.rulekit.platforms import wanted_architecture


@rule(
    "LIL101",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        "https://github.com/docker/buildx/issues/1533",
        "https://github.com/aws/aws-lambda-roadmap/issues/82",
    ),
)
def manifest_is_index(manifest: Manifest, settings: Settings) -> Iterator[Finding]:
    """The reference names an index of several images, where Lambda takes one manifest."""
    if not manifest.is_index:
        return
    yield Finding(
        f"the reference names an index ({described(manifest)}), and Lambda takes a single manifest",
        KeyPlace("manifest.manifests"),
        help=cure(manifest, wanted_architecture(settings)),
        related=tuple(KeyPlace(f"manifest.manifests[{position}]") for position in range(len(manifest.children))),
    )
