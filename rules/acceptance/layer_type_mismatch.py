from collections.abc import Iterator

from lambda_image_lint import Finding, KeyPlace, Layers, Severity, rule
from lambda_image_lint.rulekit.layers import stored_as
from lambda_image_lint.rulekit.media_types import declared_as


@rule(
    "LIL104",
    Severity.ERROR,
    sources=(
        "https://github.com/opencontainers/image-spec/blob/main/layer.md",
        "https://github.com/bazel-contrib/rules_oci/issues/645",
    ),
    help="Compress the layer with gzip and name it so: skopeo copy --dest-compress-format gzip writes both anew.",
)
def layer_type_mismatch(layers: Layers) -> Iterator[Finding]:
    """A layer is stored in another form than its media type says."""
    for layer in layers:
        declared, stored = declared_as(layer.media_type), stored_as(layer)
        if declared is not None and stored is not None and declared != stored:
            yield Finding(
                f"layer {layer.index} is declared {layer.media_type}, but is {stored}",
                KeyPlace(f"manifest.layers[{layer.index}].mediaType"),
            )
