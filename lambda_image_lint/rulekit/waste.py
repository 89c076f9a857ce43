"""Bytes that the layers hold and the function never sees: who wrote them, who hid them, and what to do."""

from lambda_image_lint.finding import Place
from lambda_image_lint.image.layers import Cause, Death, Layers
from lambda_image_lint.rulekit.layers import file_place, named
from lambda_image_lint.rulekit.sizes import shown_size

_NAMED = 3
"""Sums of one cause that a help names. Own choice."""

_SAID = {
    Cause.OVERWRITTEN_IDENTICAL: "writes {size} of {maker} again unchanged (mode, owner or time only)",
    Cause.OVERWRITTEN_DIFFERENT: "replaces {size} of {maker}",
    Cause.DELETED_FILE: "deletes {size} of {maker}",
    Cause.DELETED_DIRECTORY: "deletes {size} of {maker}",
    Cause.OPAQUE: "hides {size} of {maker} behind a new directory",
    Cause.REPLACED_BY_OTHER_TYPE: "puts something else in the place of {size} of {maker}",
    Cause.UNREACHABLE: "holds {size} that no path leads to",
}
_ADVICE = {
    Cause.OVERWRITTEN_IDENTICAL: "Give files mode and owner when they are copied (COPY --chmod, --chown), or in the RUN that writes them.",
    Cause.OVERWRITTEN_DIFFERENT: "Write such files once.",
    Cause.DELETED_FILE: "Delete files in the RUN that writes them, or write them in another stage.",
    Cause.DELETED_DIRECTORY: "Delete files in the RUN that writes them, or write them in another stage.",
    Cause.OPAQUE: "Write such directories once.",
    Cause.REPLACED_BY_OTHER_TYPE: "Write such paths once.",
    Cause.UNREACHABLE: "Build the layer anew.",
}


def killers(layers: Layers) -> str:
    """The largest sums, each with the layer that hid it, the one that wrote it, and the cause; then what to do."""
    deaths = layers.deaths[:_NAMED]
    said = "; ".join(_sentence(death, layers) for death in deaths)
    return f"{said}. {' '.join(dict.fromkeys(_ADVICE[death.cause] for death in deaths))}"


def _sentence(death: Death, layers: Layers) -> str:
    maker = "its own" if death.made_by == death.killed_by else _named(death.made_by, layers)
    return f"{_named(death.killed_by, layers)} {_SAID[death.cause].format(size=shown_size(death.bytes), maker=maker)}"


def _named(index: int, layers: Layers) -> str:
    return named(index, layers[index].created_by)


def scenes(layers: Layers) -> tuple[Place, ...]:
    """The largest file of each of those sums, first in the layer that hid it, then in the one that wrote it."""
    places: list[Place] = []
    for death in layers.deaths[:_NAMED]:
        for path, _ in death.largest[:1]:
            places += [file_place(layers[death.killed_by], path), file_place(layers[death.made_by], path)]
    return tuple(dict.fromkeys(places))
