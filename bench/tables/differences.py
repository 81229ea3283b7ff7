"""The column of differences to the baseline row: of the primary metric, paired by seed.

    d_i = m_i - b_i over the seeds i that both rows have        shown: mean d ± t_{0.975, n-1} s_d / sqrt(n)

Runs of equal seed see their data in the same order, so part of what a seed does cancels in d. The interval is that of one
comparison: with many rows some stand clear of zero by chance.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.record import Record
from bench.tables import digits, measures
from bench.tables.statistics import Interval, t_interval
from bench.tables.table import EMPTY, Cell, Column, Filled
from bench.tables.tuning import Measured, Metric, value_of

PREFIX = "difference."


def columns(rows: Sequence[Measured], metric: Metric | None, baseline: int | None) -> list[Filled]:
    """The column, where there is a baseline row and another row shares at least two seeds with it; else none."""
    if metric is None or baseline is None or measures.ways_of_scoring(rows, metric):
        return []
    found = [None if index == baseline else paired(row, rows[baseline], metric) for index, row in enumerate(rows)]
    if not any(found):
        return []
    places = digits.decimals([measures.interval(row, metric) for row in rows])  # as in the metric's own column
    cells = tuple(EMPTY if value is None else _cell(value, places) for value in found)
    return [Filled(Column(PREFIX + metric.key, "difference", metric.unit, weight=3), cells)]


def paired(row: Measured, base: Measured, metric: Metric) -> Interval | None:
    """Mean and interval of `row` minus `base` over their common seeds; None below two."""
    ours, theirs = _by_seed(row.ok, metric), _by_seed(base.ok, metric)
    pairs = [(ours[seed], theirs[seed]) for seed in ours if seed in theirs]
    return t_interval([one - other for one, other in pairs]) if len(pairs) > 1 else None


def _by_seed(records: Sequence[Record], metric: Metric) -> dict[int, float]:
    found = ((record.config["seed"], value_of(record, metric)) for record in records)
    return {seed: value for seed, value in found if value is not None}


def _cell(value: Interval, places: int) -> Cell:
    sign = "+" if value.centre > 0 else ""
    return Cell(sign + digits.with_half_width(value, places), value.centre, value.low, value.high, value.n)
