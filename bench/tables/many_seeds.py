"""Rows of so many seeds that their distribution can be shown: a figure of all runs, and how far apart two of them come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.stats.spread import MANY, SHARE, apart
from bench.tables import metric_columns
from bench.tables.comparison import Comparison
from bench.tables.looks import identities
from bench.tables.tuning import Measured, Metric, value_of

if TYPE_CHECKING:
    from bench.figures.seeds import Row


def values_of(row: Measured, metric: Metric) -> list[tuple[int, float]]:
    """(seed, value) of each run that has one, by seed; empty for fewer than `MANY`."""
    values = [(int(record.config["seed"]), value) for record in row.ok if (value := value_of(record, metric)) is not None]
    return sorted(values) if len(values) >= MANY else []


def rows_as_points(comparison: Comparison, metric: Metric) -> list[Row]:
    from bench.figures.seeds import Row

    means = metric_columns.intervals(comparison.rows, metric)
    return [
        Row(comparison.name_of(row), identity, values, mean)
        for row, identity, mean in zip(comparison.rows, identities(comparison), means, strict=True)
        if mean is not None and (values := values_of(row, metric))
    ]


def sentences(comparison: Comparison) -> list[str]:
    """What two seeds of a row differ by, for the rows that show it."""
    metric = comparison.primary
    if metric is None:
        return []
    known = [(row, [value for _, value in values]) for row in comparison.rows if (values := values_of(row, metric))]
    if not known:
        return []
    return [
        f"Two seeds of a row differ in {metric.split} {metric.name.replace('_', ' ')} by (median of all pairs; {SHARE} of 100 "
        f"pairs; most): {'; '.join(_said(comparison, row, values) for row, values in known)}."
    ]


def _said(comparison: Comparison, row: Measured, values: Sequence[float]) -> str:
    median, usual, largest = apart(values)
    return f"{comparison.name_of(row)} {median:.2g}, {usual:.2g}, {largest:.2g}"
