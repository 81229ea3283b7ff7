"""Rows over two numbers of their configurations: depth and size, width of a beam and length penalty."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from bench.stats.intervals import Interval
from bench.tables import config_keys, metric_columns, rows
from bench.tables.comparison import Comparison
from bench.tables.rows import Labels
from bench.tables.tuning import Metric

if TYPE_CHECKING:
    from bench.figures.heatmap import Grid, Sides
    from bench.figures.penalty import Line

DEPTH, SIZES = "stack.depth", ("stack.parameters", "stack.hidden_size")
WIDTH, PENALTY = "decode.width", "decode.length_penalty"

PivotTable = dict[tuple[float, float], Interval]


def pivot_tables(comparison: Comparison, metric: Metric, *, first: str, second: str) -> dict[str, PivotTable]:
    """What else tells the rows apart, in words -> (value of `first`, value of `second`) -> metric.

    Empty where the rows do not differ in both keys; a row without one of the numbers, or without the metric, is left out.
    """
    row_keys = comparison.grouping.row_keys
    if first not in row_keys or second not in row_keys:
        return {}
    positions = [row_keys.index(first), row_keys.index(second)]
    others = [position for position in range(len(row_keys)) if position not in positions]
    tables: dict[str, PivotTable] = {}
    for row, value in zip(comparison.rows, metric_columns.intervals(comparison.rows, metric), strict=True):
        x, y = (row.labels[position] for position in positions)
        if isinstance(x, int | float) and isinstance(y, int | float) and value is not None:
            other_labels: Labels = tuple(row.labels[position] for position in others)
            name = rows.name_of([row_keys[position] for position in others], other_labels)
            tables.setdefault(name, {})[float(x), float(y)] = value
    return tables


def grids(comparison: Comparison, metric: Metric) -> tuple[list[Grid], Sides] | None:
    """Depth against size, one grid for each thing else that the rows differ in; None where there are not two of both."""
    from bench.figures.heatmap import Grid, Sides

    size = next((key for key in SIZES if key in comparison.grouping.row_keys), "")
    tables = pivot_tables(comparison, metric, first=DEPTH, second=size)
    depths, sizes = (sorted({point[side] for table in tables.values() for point in table}) for side in (0, 1))
    if len(depths) < 2 or len(sizes) < 2:
        return None
    result = [
        Grid(name, [[table[depth, units].centre if (depth, units) in table else nan for units in sizes] for depth in depths])
        for name, table in tables.items()
    ]
    return result, Sides([f"{depth:g}" for depth in depths], [f"{units:,.0f}" for units in sizes], "depth", _across(size))


def _across(size: str) -> str:
    return config_keys.headings([size])[size]


def beams(comparison: Comparison, metric: Metric) -> list[Line]:
    """The metric against the length penalty, one line a width that was tried with two penalties."""
    from bench.figures.penalty import Line
    from bench.figures.style import Identity

    tables = pivot_tables(comparison, metric, first=WIDTH, second=PENALTY)
    widths = sorted({width for table in tables.values() for width, _ in table})
    lines = []
    for member, (name, table) in enumerate(tables.items()):
        for width in widths:
            points = sorted((penalty, value) for (own_width, penalty), value in table.items() if own_width == width)
            if len(points) > 1:
                parts = [*([name] if name and len(tables) > 1 else []), f"width {width:g}"]
                lines.append(Line(", ".join(parts), Identity(widths.index(width), member), points))
    return lines
