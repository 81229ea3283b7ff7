"""The columns of differences to the baseline row: of the primary metric, paired by seed, and their p-values.

    d_i = m_i - b_i over the seeds i that both rows have        shown: mean d ± t_{0.975, n-1} s_d / sqrt(n)

Runs of equal seed see their data in the same order, so part of what a seed does cancels in d. The interval is that of one
comparison; p is that of the exact randomisation test, corrected by Holm over the rows of the table. Where the seeds are too
few for any p under 0.05 the column is in the CSV only, and the caption says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.records.record import Record
from bench.stats.intervals import Interval, t_interval
from bench.stats.significance import LEVEL, holm, randomisation, reachable
from bench.tables import metric_columns, number_format
from bench.tables.table import EMPTY, Cell, Column, Filled
from bench.tables.tuning import Measured, Metric, value_of

PREFIX = "difference."
CORRECTED = "p_holm."
UNCORRECTED = "p."
STAR = "*"


def columns(rows: Sequence[Measured], metric: Metric | None, baseline: int | None) -> list[Filled]:
    """The columns, where there is a baseline row and another row shares at least two seeds with it; else none."""
    if metric is None or baseline is None or metric_columns.ways_of_scoring(rows, metric):
        return []
    differences = [[] if index == baseline else paired(row, rows[baseline], metric) for index, row in enumerate(rows)]
    tested = [index for index, pairs in enumerate(differences) if len(pairs) > 1]
    if not tested:
        return []
    raw = dict(zip(tested, [randomisation(differences[index]) for index in tested], strict=True))
    corrected = dict(zip(tested, holm(list(raw.values())), strict=True))
    places = number_format.decimals([metric_columns.interval(row, metric) for row in rows])  # as in the metric's own column
    starred = [
        difference_cell(t_interval(pairs), places, p=corrected[index]) if index in corrected else EMPTY
        for index, pairs in enumerate(differences)
    ]
    hidden = reachable([len(differences[index]) for index in tested]) >= LEVEL
    return [
        Filled(Column(PREFIX + metric.key, "difference", metric.unit, weight=3), tuple(starred)),
        Filled(Column(CORRECTED + metric.key, "p", weight=4, detail=hidden), _p_cells(corrected, differences)),
        Filled(Column(UNCORRECTED + metric.key, "p uncorrected", detail=True), _p_cells(raw, differences)),
    ]


def difference_cell(difference: Interval, places: int, *, p: float | None) -> Cell:
    """The cell of a difference: effect and interval, then its star."""
    star = f" {STAR}" if p is not None and p < LEVEL else ""
    return metric_columns.cell(number_format.signed(difference, places) + star, difference)


def paired(row: Measured, base: Measured, metric: Metric) -> list[float]:
    """`row` minus `base` over their common seeds."""
    ours, theirs = by_seed(row.ok, metric), by_seed(base.ok, metric)
    return [ours[seed] - theirs[seed] for seed in ours if seed in theirs]


def by_seed(records: Sequence[Record], metric: Metric) -> dict[int, float]:
    values = ((record.config["seed"], value_of(record, metric)) for record in records)
    return {seed: value for seed, value in values if value is not None}


def pairs_of(filled: Sequence[Filled]) -> list[int]:
    """How many pairs of seeds stand behind each difference of a table."""
    return [cell.n for part in filled if part.column.key.startswith(PREFIX) for cell in part.cells if cell.n]


def _p_cells(p_values: dict[int, float], differences: Sequence[Sequence[float]]) -> tuple[Cell, ...]:
    return tuple(
        Cell(number_format.p_value(p_values[index]), p_values[index], n=len(pairs)) if index in p_values else EMPTY
        for index, pairs in enumerate(differences)
    )
