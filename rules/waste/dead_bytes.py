from collections.abc import Iterator

from lambda_image_lint import Finding, Layers, Severity, Unknown, rule
from lambda_image_lint.rulekit.sizes import shown_size
from lambda_image_lint.rulekit.waste import killers, scenes

MENTIONED_BYTES, MENTIONED_SHARE = 2**20, 0.01
"""1 MiB and 1 % of all payload: less is not worth a change. Own choice."""
HEAVY_BYTES, HEAVY_SHARE = 100 * 2**20, 0.1
"""100 MiB or 10 %: from here on pushes and the time in Pending show it. Own choice."""


@rule(
    "LIL909",
    Severity.INFO,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        "https://github.com/wagoodman/dive/issues/684",
    ),
)
def dead_bytes(layers: Layers) -> Iterator[Finding | Unknown]:
    """The layers hold bytes that are not in the final image: overwritten, or deleted later."""
    if not layers.is_complete:
        yield Unknown("a layer could not be read whole")
        return
    dead = layers.dead_bytes
    share = dead / max(layers.live_bytes + dead, 1)
    heavy = dead >= HEAVY_BYTES or share >= HEAVY_SHARE
    if dead < HEAVY_BYTES and (dead < MENTIONED_BYTES or share < MENTIONED_SHARE):
        return
    place, *related = scenes(layers)
    yield Finding(
        f"{shown_size(dead)} of the layers' files ({share:.1%}) are not in the final image",
        place,
        help=f"{killers(layers)} They cost pushes, storage and time in Pending, and count towards the 10 GiB; not cold starts.",
        related=tuple(related),
        severity=Severity.WARNING if heavy else Severity.INFO,
    )
