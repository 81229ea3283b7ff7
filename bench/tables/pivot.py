"""Rows over two numbers of their configurations: depth and size, width of a beam and length penalty."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from bench.stats.intervals import Interval
from bench.tables import config_keys, metric_columns, rows
from bench.tables.comparison import Draft
from bench.tables.rows import Labels
from bench.tables.tuning import Metric

if TYPE_CHECKING:
    from bench.figures.heatmap import Grid, Sides
    from bench.figures.penalty import Line

DEPTH, SIZES = "stack.depth", ("stack.parameters", "stack.hidden_size")
WIDTH, PENALTY = "decode.width", "decode.length_penalty"

Plane = dict[tuple[float, float], Interval]


def planes(draft: Draft, metric: Metric, *, first: str, second: str) -> dict[str, Plane]:
    """What else tells the rows apart, in words -> (value of `first`, value of `second`) -> metric.

    Empty where the rows do not differ in both keys; a row without one of the numbers, or without the metric, is left out.
    """
    row_keys = draft.grouping.row_keys
    if first not in row_keys or second not in row_keys:
        return {}
    places = [row_keys.index(first), row_keys.index(second)]
    others = [place for place in range(len(row_keys)) if place not in places]
    found: dict[str, Plane] = {}
    for row in draft.rows:
        x, y = (row.labels[place] for place in places)
        value = metric_columns.interval(row, metric)
        if isinstance(x, int | float) and isinstance(y, int | float) and value is not None:
            rest: Labels = tuple(row.labels[place] for place in others)
            name = rows.name_of([row_keys[place] for place in others], rest)
            found.setdefault(name, {})[float(x), float(y)] = value
    return found


def grids(draft: Draft, metric: Metric) -> tuple[list[Grid], Sides] | None:
    """Depth against size, one grid for each thing else that the rows differ in; None where there are not two of both."""
    from bench.figures.heatmap import Grid, Sides

    size = next((key for key in SIZES if key in draft.grouping.row_keys), "")
    found = planes(draft, metric, first=DEPTH, second=size)
    depths, sizes = (sorted({point[side] for plane in found.values() for point in plane}) for side in (0, 1))
    if len(depths) < 2 or len(sizes) < 2:
        return None
    made = [
        Grid(name, [[plane[depth, one].centre if (depth, one) in plane else nan for one in sizes] for depth in depths])
        for name, plane in found.items()
    ]
    return made, Sides([f"{depth:g}" for depth in depths], [f"{one:,.0f}" for one in sizes], "depth", _across(size))


def _across(size: str) -> str:
    return config_keys.headings([size])[size]


def beams(draft: Draft, metric: Metric) -> list[Line]:
    """The metric against the length penalty, one line a width that was tried with two penalties."""
    from bench.figures.penalty import Line
    from bench.figures.style import Identity

    found = planes(draft, metric, first=WIDTH, second=PENALTY)
    widths = sorted({width for plane in found.values() for width, _ in plane})
    made = []
    for member, (name, plane) in enumerate(found.items()):
        for width in widths:
            points = sorted((penalty, value) for (own, penalty), value in plane.items() if own == width)
            if len(points) > 1:
                words = [*([name] if name and len(found) > 1 else []), f"width {width:g}"]
                made.append(Line(", ".join(words), Identity(widths.index(width), member), points))
    return made
