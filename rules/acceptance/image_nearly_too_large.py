from collections.abc import Iterator

from lambda_image_lint import Config, Finding, KeyPlace, Layers, Manifest, Severity, Unknown, rule
from lambda_image_lint.knowledge import limit, limit_row
from lambda_image_lint.rulekit.totals import uncompressed_total


@rule(
    "LIL107",
    Severity.WARNING,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",),
)
def image_nearly_too_large(
    config: Config, manifest: Manifest | None, layers: Layers | None
) -> Iterator[Finding | Unknown]:
    """The layers hold more than 80 % of what Lambda takes."""
    total, most = uncompressed_total(config, manifest, layers), limit("image_uncompressed_bytes")
    if isinstance(total, Unknown):
        yield total
        return
    share = total.size / most
    if float(limit_row("image_nearly_too_large_fraction").value) < share <= 1:
        yield Finding(
            f"the layers hold {total.shown} uncompressed, {share:.0%} of Lambda's limit of 10 GiB",
            KeyPlace("config.rootfs.diff_ids"),
            help=f"Leave out what the function does not need; deleting it in a later layer does not count. {total.largest}",
        )
    elif not total.exact and share <= 1:
        yield Unknown(total.why_not_exact)
