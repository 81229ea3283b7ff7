"""Columns of metrics: mean over seeds with its interval, best in bold where its interval overlaps no other.

The interval is that over seeds or that over the items of the test set, whichever is wider (`bench.tables.test_set`); of the
primary metric both stand beside it where outputs are kept.

A column whose rows were scored in different ways (another signature, another number of items, on other data) is shown and not
ranked.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.stats import pooling
from bench.stats.intervals import Interval, best, t_interval
from bench.stats.pooling import Spread
from bench.tables import number_format, test_set
from bench.tables.solved import parted
from bench.tables.table import EMPTY, Cell, Column, Filled
from bench.tables.tuning import VALIDATION, Measured, Metric, metrics_of, values_of

PRIMARY, SECONDARY, VALIDATED, BESIDE = 0, 2, 3, 4
SEEDS, ITEMS = "seeds", "items"
"""Of what a half width beside the primary metric is."""
DIFFERENT_DATA = "different data"


def metric_columns(rows: Sequence[Measured], split: str) -> list[Filled]:
    """The metrics of the shown split; beside a test split, validation gives its primary metric and details.

    A metric of a part of the items (`entity_f1/PER`) is a detail too.
    """
    metrics = of_rows(rows, split)
    filled = [
        column(rows, metric, weight=SECONDARY if index else PRIMARY, detail="/" in metric.name)
        for index, metric in enumerate(metrics)
    ]
    filled[1:1] = _half_widths(rows, metrics[0])
    if split == VALIDATION:
        return filled
    of_validation = [
        column(rows, metric, weight=VALIDATED, detail=bool(index)) for index, metric in enumerate(of_rows(rows, VALIDATION))
    ]
    return filled + of_validation


def of_rows(rows: Sequence[Measured], split: str) -> list[Metric]:
    return metrics_of([record for row in rows for record in row.ok], split)


def interval(row: Measured, metric: Metric) -> Interval | None:
    """Of a row alone, by the variance of its own seeds."""
    values = values_of(row.ok, metric)
    return t_interval(values) if values else None


def intervals(rows: Sequence[Measured], metric: Metric) -> list[Interval | None]:
    """Of the rows of one table, over seeds or over the items of the test set, whichever is wider; None for a row without the
    metric."""
    return [
        None if value is None else test_set.wider(value, row, metric)
        for row, value in zip(rows, over_seeds(rows, metric), strict=True)
    ]


def over_seeds(rows: Sequence[Measured], metric: Metric) -> list[Interval | None]:
    """By the variance that the rows share; None for a row without the metric."""
    samples = [values_of(row.ok, metric) for row in rows]
    return [
        pooling.interval(sample, spread) if sample else None
        for sample, spread in zip(samples, spreads(rows, metric), strict=True)
    ]


def spreads(rows: Sequence[Measured], metric: Metric) -> list[Spread | None]:
    """The variance of one seed behind each row, pooled over those that were scored alike on the same data."""
    alike: dict[frozenset[tuple[str, str]], list[int]] = {}
    for index, row in enumerate(rows):
        if values_of(row.ok, metric) and not parted(row, metric):
            alike.setdefault(_scored(row, metric), []).append(index)
    result: list[Spread | None] = [None] * len(rows)
    for indices in alike.values():
        for index, spread in zip(indices, pooling.spreads([values_of(rows[i].ok, metric) for i in indices]), strict=True):
            result[index] = spread
    return result


def _scored(row: Measured, metric: Metric) -> frozenset[tuple[str, str]]:
    """On which data and in which way a row was scored."""
    entries = [(record, record.metrics.get(metric.split, {}).get(metric.name)) for record in row.ok]
    return frozenset((str(record.data.get("sha256")), str(entry["signature"] or "")) for record, entry in entries if entry)


def column(rows: Sequence[Measured], metric: Metric, *, weight: int, detail: bool = False) -> Filled:
    """One metric over the rows; a row without an ok run shows its status in the primary column."""
    values = intervals(rows, metric)
    winner = None if ways_of_scoring(rows, metric) else best(values, metric.better)
    places = number_format.decimals(values)
    cells = [
        _without(row, weight)
        if value is None
        else cell(outcome, value)
        if (outcome := parted(row, metric))
        else _cell(value, places, best=index == winner, brief=weight == SECONDARY)
        for index, (row, value) in enumerate(zip(rows, values, strict=True))
    ]
    name = f"{metric.split} {metric.name.replace('_', ' ')}"
    return Filled(Column(metric.key, name, metric.unit, metric.better, weight=weight, detail=detail), tuple(cells))


def _half_widths(rows: Sequence[Measured], metric: Metric) -> list[Filled]:
    """Over seeds and over items, of which the metric's own column has the wider one; nothing where no outputs are kept."""
    errors = [test_set.error(row, metric) for row in rows]
    if all(error is None for error in errors):
        return []
    values = over_seeds(rows, metric)
    places = number_format.decimals(intervals(rows, metric))
    halves = {
        SEEDS: [None if value is None else value.half_width for value in values],
        ITEMS: [None if error is None else test_set.half_width(error) for error in errors],
    }
    return [
        Filled(
            Column(f"{of}.{metric.key}", f"± {of}", metric.unit, weight=BESIDE),
            tuple(EMPTY if half is None else Cell(f"{half:.{places}f}", half) for half in column_halves),
        )
        for of, column_halves in halves.items()
    ]


def _cell(value: Interval, places: int, *, best: bool, brief: bool) -> Cell:
    """`brief` leaves the interval to the CSV: the other metrics of a split go with its primary one."""
    displayed = Interval(value.centre, None, None, value.n) if brief else value
    return cell(number_format.with_half_width(displayed, places), value, best=best)


def cell(text: str, value: Interval, *, best: bool = False) -> Cell:
    """The cell that shows an interval as `text`."""
    return Cell(text, value.centre, value.low, value.high, value.n, best)


def _without(row: Measured, weight: int) -> Cell:
    return Cell(status(row)) if weight == PRIMARY and not row.ok else EMPTY


def status(row: Measured) -> str:
    """The statuses of a row's runs that are not ok: `diverged`, or `2 diverged, 1 killed`."""
    statuses = [record.status if record.status != "ok" else "not finite" for record in row.records]
    counts = {name: statuses.count(name) for name in statuses}
    if len(counts) == 1:
        return next(iter(counts)).replace("_", " ")
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())


def seeds(row: Measured) -> str:
    """How many of a row's runs count: `3`, or `2 of 3`."""
    ok, every = len(row.ok), len(row.records)
    return str(ok) if ok == every else f"{ok} of {every}"


def ways_of_scoring(rows: Sequence[Measured], metric: Metric) -> list[str]:
    """The signatures, numbers of items and data under which a metric was scored, where these differ; else nothing."""
    entries = [
        record.metrics[metric.split][metric.name]
        for row in rows
        for record in row.ok
        if metric.split in record.metrics and metric.name in record.metrics[metric.split]
    ]
    signatures = {str(entry["signature"]) for entry in entries if entry["signature"]}
    counts = {int(entry["count"]) for entry in entries if entry["count"] is not None}
    data = {str(record.data.get("sha256")) for row in rows for record in row.ok}
    return [
        *(sorted(signatures) if len(signatures) > 1 else []),
        *([f"{min(counts):,} to {max(counts):,} items"] if len(counts) > 1 else []),
        *([DIFFERENT_DATA] if len(data) > 1 else []),
    ]
