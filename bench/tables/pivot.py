"""Rows over two numbers of their configurations: depth and size, width of a beam and length penalty."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import TYPE_CHECKING

from bench.stats.intervals import Interval, t_interval
from bench.tables import config_keys, metric_columns, rows
from bench.tables.comparison import Comparison
from bench.tables.rows import Labels
from bench.tables.tuning import Measured, Metric, value_of

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
    values = metric_columns.intervals(comparison.rows, metric)
    indices = _indices(comparison, first=first, second=second)
    return {
        name: {point: value for point, index in table.items() if (value := values[index]) is not None}
        for name, table in indices.items()
    }


def _indices(comparison: Comparison, *, first: str, second: str) -> dict[str, dict[tuple[float, float], int]]:
    """As `pivot_tables`, with the index of each row."""
    row_keys = comparison.grouping.row_keys
    if first not in row_keys or second not in row_keys:
        return {}
    positions = [row_keys.index(first), row_keys.index(second)]
    others = [position for position in range(len(row_keys)) if position not in positions]
    tables: dict[str, dict[tuple[float, float], int]] = {}
    for index, row in enumerate(comparison.rows):
        x, y = (row.labels[position] for position in positions)
        if isinstance(x, int | float) and isinstance(y, int | float):
            other_labels: Labels = tuple(row.labels[position] for position in others)
            name = rows.name_of([row_keys[position] for position in others], other_labels)
            tables.setdefault(name, {})[float(x), float(y)] = index
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
    """What the metric gains by the length penalty over the least one, in pairs of one training's runs: a line for each width
    that was tried with two penalties."""
    from bench.figures.penalty import Line
    from bench.figures.style import Identity

    tables = _indices(comparison, first=WIDTH, second=PENALTY)
    widths = sorted({width for table in tables.values() for width, _ in table})
    lines = []
    for member, (name, table) in enumerate(tables.items()):
        for width in widths:
            by_penalty = {
                penalty: _by_training(comparison.rows[index], metric)
                for (own_width, penalty), index in sorted(table.items())
                if own_width == width
            }
            points = _gains(by_penalty)
            if len(points) > 1:
                parts = [*([name] if name and len(tables) > 1 else []), f"width {width:g}"]
                lines.append(Line(", ".join(parts), Identity(widths.index(width), member), points))
    return lines


def _by_training(row: Measured, metric: Metric) -> dict[str, float]:
    return {record.train_id: value for record in row.ok if (value := value_of(record, metric)) is not None}


def _gains(by_penalty: Mapping[float, Mapping[str, float]]) -> list[tuple[float, Interval]]:
    """(penalty, difference from the first one) over the trainings that both decoded."""
    first = next(iter(by_penalty.values()), {})
    points = []
    for penalty, values in by_penalty.items():
        differences = [value - first[training] for training, value in values.items() if training in first]
        if differences:
            points.append((penalty, t_interval(differences)))
    return points
