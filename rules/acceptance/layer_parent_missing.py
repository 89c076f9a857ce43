from collections.abc import Iterator

from lambda_image_lint import Finding, Layers, Severity, rule
from lambda_image_lint.rulekit.layers import file_place, missing_parent_count, named

NEXT = 4
"""Further entries that are named beside the first."""


@rule(
    "LIL105",
    Severity.ERROR,
    sources=(
        "https://github.com/aspect-build/rules_aws/issues/145",
        "https://github.com/nlewo/nix2container/issues/54",
        "https://github.com/aws/aws-lambda-web-adapter/issues/236",
        "https://github.com/bazel-contrib/rules_img/issues/258",
    ),
)
def layer_parent_missing(layers: Layers) -> Iterator[Finding]:
    """An entry of a layer comes before, or without, the directory that it lies in."""
    for layer in layers:
        if not layer.missing_parents:
            continue
        first, count = layer.missing_parents[0], missing_parent_count(layer)
        more = f", and {count - 1} more entries likewise" if count > 1 else ""
        yield Finding(
            f"layer {layer.index}: {first.path} comes before its directory {first.detail}{more}",
            file_place(layer, first.path),
            help=f"Write the entry of each directory before what lies in it, in {named(layer.index, layer.created_by)}.",
            related=tuple(file_place(layer, one.path) for one in layer.missing_parents[1 : 1 + NEXT]),
        )
