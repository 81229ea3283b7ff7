"""Names beside points: each name takes the first place around its point that is free, as far as there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.figures.style import INK, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

PLACES = (
    (6, 5, "left", "bottom"),
    (6, -5, "left", "top"),
    (-6, 5, "right", "bottom"),
    (-6, -5, "right", "top"),
    (9, 0, "left", "center"),
    (-9, 0, "right", "center"),
    (0, 9, "center", "bottom"),
    (0, -9, "center", "top"),
)
"""Offset from the point in typographic points, and how the text hangs there."""

Label = tuple[str, float, float]
"""Name, x and y in the data's units."""


def place(axes: Axes, labels: Sequence[Label], *, occupied: Sequence[Bbox]) -> bool:
    """Write all names, or none where one would lie on another, on what is `occupied` (in pixels) or outside the axes."""
    frame = axes.get_window_extent()
    boxes, texts = list(occupied), []
    for name, x, y in labels:
        for right, up, horizontal, vertical in PLACES:
            text = axes.annotate(
                short(name),
                (x, y),
                xytext=(right, up),
                textcoords="offset points",
                ha=horizontal,
                va=vertical,
                color=INK,
                fontsize=8.5,
            )
            text.set_in_layout(False)
            box = text.get_window_extent()
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            if inside and not any(box.overlaps(other) for other in boxes):
                boxes.append(box)
                texts.append(text)
                break
            text.remove()
        else:
            for other in texts:
                other.remove()
            return False
    return True
