from collections.abc import Iterator

from lambda_image_lint import Finding, KeyPlace, Manifest, Severity, rule
from lambda_image_lint.rulekit.media_types import LayerKind, is_image_manifest, kinds_of_layers

ADVICE = {
    LayerKind.PLAIN: "Compress it with gzip: skopeo copy does it, and so does docker push.",
    LayerKind.ZSTD: "Build with compression=gzip,force-compression=true, or convert with skopeo copy --dest-compress-format gzip.",
    LayerKind.FOREIGN: "Build on Linux, from a Linux base.",
    LayerKind.NO_LAYER: "Push the image itself to the tag, and attestations or artifacts under tags of their own.",
}
SAID = {
    LayerKind.PLAIN: "not compressed",
    LayerKind.ZSTD: "compressed by zstd, of which it is not known that Lambda reads it",
    LayerKind.FOREIGN: "foreign: the registry does not hold it",
    LayerKind.NO_LAYER: "no part of a file system",
}


@rule(
    "LIL103",
    Severity.ERROR,
    sources=(
        "https://github.com/bazel-contrib/rules_oci/issues/645",
        "https://github.com/bazel-contrib/rules_oci/issues/777",
        "https://github.com/aspect-build/rules_aws/issues/145",
    ),
    help="Compress the layers with gzip.",
)
def layer_type_unsupported(manifest: Manifest) -> Iterator[Finding]:
    """A layer's media type is one that Lambda refuses, or is not known to take."""
    image = manifest.image
    if image is None or not is_image_manifest(image):
        return
    for (kind, media_type), positions in kinds_of_layers(image).items():
        if kind is LayerKind.GZIP:
            continue
        refused = kind is LayerKind.NO_LAYER or (kind is LayerKind.PLAIN and image.family == "docker")
        which = f"layer {positions[0]}" if len(positions) == 1 else f"{len(positions)} of {len(image.layers)} layers"
        yield Finding(
            f"{which}: {media_type or 'no media type'}, {SAID[kind]}",
            KeyPlace(f"manifest.layers[{positions[0]}].mediaType"),
            help=ADVICE[kind],
            related=tuple(KeyPlace(f"manifest.layers[{position}].mediaType") for position in positions[1:]),
            severity=Severity.ERROR if refused else Severity.WARNING,
        )
