from collections.abc import Iterator

from lambda_image_lint import Config, Finding, KeyPlace, Layers, Manifest, Severity, Unknown, rule
from lambda_image_lint.knowledge import limit
from lambda_image_lint.rulekit.sizes import shown_size
from lambda_image_lint.rulekit.totals import uncompressed_total


@rule(
    "LIL106",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        "https://github.com/aws-samples/aws-genai-llm-chatbot/issues/38",
    ),
)
def image_too_large(config: Config, manifest: Manifest | None, layers: Layers | None) -> Iterator[Finding | Unknown]:
    """The layers hold more than 10 GiB uncompressed."""
    total, most = uncompressed_total(config, manifest, layers), limit("image_uncompressed_bytes")
    if isinstance(total, Unknown):
        yield total
    elif total.size > most:
        over = f"{shown_size(total.size - most)} over" if total.exact else "over"
        yield Finding(
            f"the layers hold {total.shown} uncompressed, {over} Lambda's limit of 10 GiB",
            KeyPlace("config.rootfs.diff_ids"),
            help=f"Leave out what the function does not need; deleting it in a later layer does not count. {total.largest}",
        )
    elif not total.exact:
        yield Unknown(total.why_not_exact)
