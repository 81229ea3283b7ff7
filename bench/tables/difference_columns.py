"""The columns of differences to the baseline row, of the primary metric, and their p-values.

Mean minus the baseline's mean with its 95 % t-interval: by the variance that the rows of the table share
(`bench.stats.pooling`), without pairs, for two trainings of one seed have nothing in common. Rows that decode the same
trainings go by pairs instead: each training is its own control. Where outputs are kept, the interval over the items of the test
set takes its place if it is wider, and p is the larger one of both (`bench.tables.test_set`). The interval is that of one
comparison; p is corrected by Holm over the rows of the table.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.records.record import Record
from bench.stats import pooling
from bench.stats.intervals import LEAST_SEEDS, Interval
from bench.stats.pooling import POOLED, Spread
from bench.stats.significance import LEVEL, PAIRED, WELCH, Tested, holm, paired_t
from bench.tables import metric_columns, number_format, test_set
from bench.tables.solved import parted
from bench.tables.table import EMPTY, Cell, Column, Filled
from bench.tables.tuning import Measured, Metric, value_of

PREFIX = "difference."
CORRECTED = "p_holm."
UNCORRECTED = "p."
STAR = "*"
ORDER = (POOLED, WELCH, PAIRED, test_set.BOOTSTRAP)


def columns(rows: Sequence[Measured], metric: Metric | None, baseline: int | None) -> list[Filled]:
    """The columns, where there is a baseline row and it and another one have seeds enough for an interval; else none."""
    if metric is None or baseline is None or metric_columns.ways_of_scoring(rows, metric):
        return []
    tests = _against(rows, baseline, metric)
    with_test = [index for index, test in enumerate(tests) if test is not None]
    if not with_test:
        return []
    raw = {index: test.p for index, test in enumerate(tests) if test is not None}
    corrected = dict(zip(with_test, holm(list(raw.values())), strict=True))
    places = number_format.decimals(metric_columns.intervals(rows, metric))  # as in the metric's own column
    starred = [
        EMPTY if test is None else difference_cell(test.difference, places, p=corrected[index])
        for index, test in enumerate(tests)
    ]
    return [
        Filled(Column(PREFIX + metric.key, "difference", metric.unit, weight=3), tuple(starred)),
        Filled(Column(CORRECTED + metric.key, "p", weight=4), _p_cells(corrected, tests)),
        Filled(Column(UNCORRECTED + metric.key, "p uncorrected", detail=True), _p_cells(raw, tests)),
    ]


def tested(rows: Sequence[Measured], row: int, other: int, *, metric: Metric, ignoring: Sequence[str] = ()) -> Tested | None:
    """One row of a table minus another one, by seeds or by items, whichever is wider; None with too few seeds, or where they
    were scored in different ways (`metric_columns.ways_of_scoring`) beyond those of `ignoring`."""
    spreads = metric_columns.spreads(rows, metric)
    return _tested((rows[row], rows[other]), (spreads[row], spreads[other]), metric, ignoring)


def _against(rows: Sequence[Measured], baseline: int, metric: Metric) -> list[Tested | None]:
    """Every row minus the baseline; None in its own place too."""
    spreads = metric_columns.spreads(rows, metric)
    return [
        None if index == baseline else _tested((row, rows[baseline]), (spread, spreads[baseline]), metric)
        for index, (row, spread) in enumerate(zip(rows, spreads, strict=True))
    ]


def _tested(
    pair: tuple[Measured, Measured],
    spreads: tuple[Spread | None, Spread | None],
    metric: Metric,
    ignoring: Sequence[str] = (),
) -> Tested | None:
    if set(metric_columns.ways_of_scoring(pair, metric)) - set(ignoring):
        return None
    over_seeds = _over_seeds(pair, spreads, metric)
    return None if over_seeds is None else test_set.wider_test(over_seeds, *pair, metric=metric)


def _over_seeds(pair: tuple[Measured, Measured], spreads: tuple[Spread | None, Spread | None], metric: Metric) -> Tested | None:
    if any(parted(side, metric) for side in pair):
        return None
    ours, theirs = (by_seed(side.ok, metric) for side in pair)
    if _one_training(*pair):
        differences = [ours[seed] - theirs[seed] for seed in ours if seed in theirs]
        return paired_t(differences) if len(differences) >= LEAST_SEEDS else None
    spread = spreads[0] if spreads[0] == spreads[1] else None
    return pooling.compare(list(ours.values()), list(theirs.values()), spread=spread)


def _one_training(row: Measured, other: Measured) -> bool:
    """Whether the runs of equal seed of two rows are of the same trained weights."""
    trainings = [{record.config["seed"]: record.train_id for record in side.ok} for side in (row, other)]
    common = trainings[0].keys() & trainings[1].keys()
    return bool(common) and all(trainings[0][seed] == trainings[1][seed] for seed in common)


def difference_cell(difference: Interval, places: int, *, p: float | None) -> Cell:
    """The cell of a difference: effect and interval, then its star."""
    star = f" {STAR}" if p is not None and p < LEVEL else ""
    return metric_columns.cell(number_format.signed(difference, places) + star, difference)


def by_seed(records: Sequence[Record], metric: Metric) -> dict[int, float]:
    values = ((record.config["seed"], value_of(record, metric)) for record in records)
    return {seed: value for seed, value in values if value is not None}


def by_test(rows: Sequence[Measured], baseline: int, *, metric: Metric) -> dict[str, list[Measured]]:
    """The tests behind the differences to the baseline row, each with the rows whose interval is its."""
    rows_by_name: dict[str, list[Measured]] = {}
    for row, test in zip(rows, _against(rows, baseline, metric), strict=True):
        if test is not None:
            rows_by_name.setdefault(test.name, []).append(row)
    return dict(sorted(rows_by_name.items(), key=lambda entry: ORDER.index(entry[0])))


def _p_cells(p_values: dict[int, float], tests: Sequence[Tested | None]) -> tuple[Cell, ...]:
    return tuple(
        Cell(number_format.p_value(p_values[index]), p_values[index], n=test.difference.n) if test is not None else EMPTY
        for index, test in enumerate(tests)
    )
