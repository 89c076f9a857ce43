"""The part of the page on one image: its figures, and its layers as a map of bytes, dead ones hatched."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lambda_image_lint.engine.result import Target
from lambda_image_lint.knowledge.limits import limit
from lambda_image_lint.report.escape import html as escaped
from lambda_image_lint.report.mask import mask_value
from lambda_image_lint.report.treemap import Rectangle, treemap

_MAP = Rectangle(0, 0, 250, 100)
"""The map's shape, as in the template's style."""
_BOILERPLATE = ("/bin/sh -c #(nop) ", "/bin/sh -c ")
_UNITS = ("KiB", "MiB", "GiB", "TiB")


def image_facts(target: Target, number: int) -> Iterator[str]:
    """A card with figures, map and table; nothing for a target without metrics. `number` makes the ids unique."""
    figures = list(_figures(target.metrics))
    layers: Sequence[Mapping[str, Any]] = target.metrics.get("layers") or ()
    if not figures and not layers:
        return
    yield '<div class="card">'
    if figures:
        yield f'<dl class="facts">{"".join(figures)}</dl>'
    sized = [_size(layer) for layer in layers]
    if any(sized):
        yield from _map(layers, [size or 0 for size in sized], number)
    if layers:
        yield from _table(layers, number)
    yield "</div>"


def size_in_words(count: int | float) -> str:
    """``512 B``, ``1.5 MiB``: binary units, as Lambda's limits are."""
    size, unit = float(count), "B"
    for larger in _UNITS:
        if size < 1024:
            break
        size, unit = size / 1024, larger
    shown = f"{size:,.0f}" if unit == "B" or size >= 100 else f"{size:,.1f}".removesuffix(".0")
    return f"{shown} {unit}"


def _figures(metrics: Mapping[str, Any]) -> Iterator[str]:
    estimated = "about " if metrics.get("estimated") else ""
    labels = {
        "uncompressed_bytes": f"Uncompressed (limit {size_in_words(limit('image_uncompressed_bytes'))})",
        "compressed_bytes": "Compressed",
        "live_bytes": "Live file content",
        "dead_bytes": "Dead file content",
    }
    for key, label in labels.items():
        value = metrics.get(key)
        if value is not None:
            about = estimated if key == "uncompressed_bytes" else ""
            yield f"<div><dt>{label}</dt><dd>{about}{size_in_words(value)}</dd></div>"
    if metrics.get("efficiency") is not None:
        yield f"<div><dt>Efficiency</dt><dd>{metrics['efficiency']:.1%}</dd></div>"
    if metrics.get("files") is not None:
        yield f"<div><dt>Files</dt><dd>{metrics['files']:,}</dd></div>"


def _size(layer: Mapping[str, Any]) -> int | None:
    size = layer.get("uncompressed_bytes")
    return size if size is not None else layer.get("compressed_bytes")


def _map(layers: Sequence[Mapping[str, Any]], sizes: Sequence[int], number: int) -> Iterator[str]:
    yield '<div class="map" role="group" aria-label="Layers by size">'
    for index, (layer, size, box) in enumerate(zip(layers, sizes, treemap(sizes, _MAP), strict=True)):
        if not size:
            continue
        place = (
            f"left:{box.x / _MAP.width:.3%};top:{box.y / _MAP.height:.3%};"
            f"width:{box.width / _MAP.width:.3%};height:{box.height / _MAP.height:.3%}"
        )
        dead = layer.get("dead_bytes") or 0
        share = min(1.0, dead / size)
        hatch = f'<i class="dead" style="height:{share:.1%}"></i>' if dead else ""
        label = f"Layer {index}, {size_in_words(size)}" + (f", {size_in_words(dead)} dead" if dead else "")
        step = escaped(created_by(layer))
        words = (f"<b>Layer {index}</b>", size_in_words(size), step)[: _rows(box)]
        shown = hatch + "".join(f"<span>{word}</span>" for word in words)
        yield (
            f'<button type="button" style="{place}" aria-pressed="false" aria-controls="layer-{number}-{index}" '
            f'aria-label="{label}" title="{label}: {step}">{shown}</button>'
        )
    yield '</div><p class="legend"><span><i></i>a layer, by its bytes</span>'
    yield '<span><i class="waste"></i>dead: overwritten or deleted by a later layer, still pushed and stored</span></p>'


def _rows(box: Rectangle) -> int:
    """How many lines of text a rectangle holds on a wide screen; on a narrow one they are cut."""
    return max(0, int((box.height - 4) // 5)) if box.width >= 20 else 0


def created_by(layer: Mapping[str, Any]) -> str:
    """The step that made a layer, masked, without what every history entry begins with."""
    step = str(layer.get("created_by") or "")
    for start in _BOILERPLATE:
        step = step.removeprefix(start)
    return mask_value("", " ".join(step.split()))


def _table(layers: Sequence[Mapping[str, Any]], number: int) -> Iterator[str]:
    headings = '<th class="number">Uncompressed</th><th class="number">Compressed</th><th class="number">Dead</th>'
    yield f'<div class="scroll"><table><thead><tr><th>Layer</th>{headings}<th>Made by</th></tr></thead><tbody>'
    for index, layer in enumerate(layers):
        sizes = "".join(
            f'<td class="number">{size_in_words(layer[key]) if layer.get(key) is not None else "?"}</td>'
            for key in ("uncompressed_bytes", "compressed_bytes", "dead_bytes")
        )
        step = escaped(created_by(layer)) or "?"
        yield f'<tr id="layer-{number}-{index}"><td>{index}</td>{sizes}<td><code>{step}</code></td></tr>'
    yield "</tbody></table></div>"
