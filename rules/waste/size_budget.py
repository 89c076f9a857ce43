from collections.abc import Iterator

from lambda_image_lint import Config, Finding, KeyPlace, Layers, Manifest, Settings, Severity, Unknown, rule
from lambda_image_lint.rulekit.budget import over_in_layers, over_in_metadata, read_budget
from lambda_image_lint.rulekit.layers import largest_layers
from lambda_image_lint.rulekit.totals import compressed_total

ADVICE = "Make the image smaller, or raise the budget in [rules.size-budget]."


@rule(
    "LIL914",
    Severity.ERROR,
    sources=("own: the budget is the project's own, from its configuration",),
    help=ADVICE,
)
def size_budget(
    settings: Settings, config: Config, manifest: Manifest | None, layers: Layers | None
) -> Iterator[Finding | Unknown]:
    """The image is larger than the configuration allows."""
    budget = read_budget(settings.options("size-budget"))
    compressed = compressed_total(manifest, layers)
    faults = [
        *over_in_metadata(budget, len(config.diff_ids), compressed),
        *(over_in_layers(budget, layers) if layers else ()),
    ]
    for fault in faults:
        yield Finding(
            fault,
            KeyPlace("config.rootfs.diff_ids"),
            help=f"{ADVICE} {largest_layers(layers) if layers else ''}".strip(),
        )
    if budget.wants_layers and (layers is None or not layers.is_complete):
        yield Unknown("layers not read" if layers is None else "a layer could not be read whole")
    if budget.max_compressed is not None and compressed is None:
        yield Unknown("the source keeps no compressed layers")
