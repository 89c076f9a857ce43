"""A squarified treemap: rectangles whose areas are as the values, each as near to a square as can be.

The method is Bruls, Huizing and van Wijk, "Squarified Treemaps", 2000.
"""

from collections.abc import Sequence

from msgspec import Struct


class Rectangle(Struct, frozen=True):
    """In the units of the whole; the origin is the upper left corner."""

    x: float
    y: float
    width: float
    height: float


def treemap(values: Sequence[float], whole: Rectangle) -> list[Rectangle]:
    """A rectangle for each value, in their order. Values below zero count as zero; zeros get an empty rectangle."""
    positive = [max(0.0, value) for value in values]
    total = sum(positive)
    result = [Rectangle(whole.x, whole.y, 0, 0)] * len(positive)
    if not total:
        return result
    scale = whole.width * whole.height / total
    order = sorted((index for index, value in enumerate(positive) if value), key=lambda index: -positive[index])
    room = whole
    while order:
        row = _row([positive[index] * scale for index in order], min(room.width, room.height))
        placed, room = _place(row, room)
        for index, rectangle in zip(order, placed, strict=False):
            result[index] = rectangle
        order = order[len(row) :]
    return result


def _row(areas: Sequence[float], side: float) -> list[float]:
    """As many areas as make the worst aspect ratio of a row along `side` no worse."""
    row = [areas[0]]
    for area in areas[1:]:
        if _worst([*row, area], side) > _worst(row, side):
            break
        row.append(area)
    return row


def _worst(row: Sequence[float], side: float) -> float:
    thickness = sum(row) / side
    return max(max(area / thickness**2, thickness**2 / area) for area in row)


def _place(row: Sequence[float], room: Rectangle) -> tuple[list[Rectangle], Rectangle]:
    """The row's rectangles along the shorter side of `room`, and what is left of it."""
    placed = []
    if room.width >= room.height:
        thickness, offset = sum(row) / room.height, room.y
        for area in row:
            placed.append(Rectangle(room.x, offset, thickness, area / thickness))
            offset += area / thickness
        return placed, Rectangle(room.x + thickness, room.y, max(1e-9, room.width - thickness), room.height)
    thickness, offset = sum(row) / room.width, room.x
    for area in row:
        placed.append(Rectangle(offset, room.y, area / thickness, thickness))
        offset += area / thickness
    return placed, Rectangle(room.x, room.y + thickness, room.width, max(1e-9, room.height - thickness))
