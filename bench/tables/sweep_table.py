"""Assembles a table from a comparison: label columns, tuned values, counts, metrics, speeds, published rows, caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.tables import (
    against_published,
    caption,
    claims,
    config_keys,
    difference_columns,
    metric_columns,
    number_format,
    published,
    skill,
    speed_columns,
)
from bench.tables.comparison import Comparison, apart
from bench.tables.table import EMPTY, Cell, Column, Filled, Row, Table, Value
from bench.tables.tuning import Measured


def tables(comparisons: Sequence[Comparison]) -> list[Table]:
    """One table a data set; where there are several, the title names the data."""
    return _titled(comparisons, [[table(comparison)] for comparison in comparisons])


def further(comparisons: Sequence[Comparison]) -> list[Table]:
    """The tables beyond the main one: our rows compared with published figures, and whether the findings hold."""
    groups = [
        [result for result in (against_published.table(comparison), claims.table(comparison)) if result is not None]
        for comparison in comparisons
    ]
    return _titled(comparisons, groups)


def _titled(comparisons: Sequence[Comparison], groups: Sequence[Sequence[Table]]) -> list[Table]:
    named = zip(apart(comparisons), groups, strict=True)
    return [replace(result, title=f"{result.title}: {name}".rstrip(" :")) for name, group in named for result in group]


def table(comparison: Comparison) -> Table:
    filled = [*_labels(comparison), *_tuned(comparison), *_counts(comparison.rows)]
    scored = (
        metric_columns.metric_columns(comparison.rows, comparison.split) if comparison.primary else _statuses(comparison.rows)
    )
    scored = [skill.marked(part) for part in scored]
    primary = 1 + sum(part.column.weight == metric_columns.BESIDE for part in scored)
    differences = difference_columns.columns(comparison.rows, comparison.primary, comparison.baseline)
    filled += [*scored[:primary], *differences, *scored[primary:]]
    filled += speed_columns.columns(comparison.rows, comparison.baseline)
    filled = [_promoted(part, comparison) for part in filled]
    columns = tuple(part.column for part in filled)
    ours = [Row(cells) for cells in zip(*(part.cells for part in filled), strict=True)]
    data = comparison.data
    return Table(
        title=comparison.spec.title,
        columns=columns,
        rows=(*ours, *published.rows(comparison, columns)),
        caption=caption.lines(comparison, filled),
        provenance=caption.provenance_lines(comparison, filled),
        task=comparison.task,
        data_name=str(data["name"]) if data else "",
        data_sha256=str(data["sha256"]) if data else "",
    )


def _labels(comparison: Comparison) -> list[Filled]:
    row_keys = comparison.grouping.row_keys
    names = config_keys.headings([*row_keys, *comparison.grouping.tuned_keys])
    return [
        _label_column(key, names[key], values=[row.labels[index] for row in comparison.rows])
        for index, key in enumerate(row_keys)
    ]


def _tuned(comparison: Comparison) -> list[Filled]:
    tuned = comparison.grouping.tuned_keys
    names = config_keys.headings([*comparison.grouping.row_keys, *tuned])
    filled = []
    for index, key in enumerate(tuned):
        numeric = _numeric([row.tuned[index] for row in comparison.rows if row.tuned is not None])
        cells = tuple(EMPTY if row.tuned is None else _label_cell(row.tuned[index]) for row in comparison.rows)
        filled.append(Filled(Column(key, names[key], weight=1, numeric=numeric), cells))
    return filled


def _label_column(key: str, name: str, *, values: Sequence[Value]) -> Filled:
    return Filled(Column(key, name, numeric=_numeric(values)), tuple(_label_cell(value) for value in values))


def _numeric(values: Sequence[Value]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _label_cell(value: Value) -> Cell:
    return Cell(config_keys.label(value), value)


def _counts(rows: Sequence[Measured]) -> list[Filled]:
    seeds = [Cell(metric_columns.seeds(row), len(row.ok), n=len(row.records)) for row in rows]
    sizes = [next((r.parameters for r in row.ok or row.records if r.parameters is not None), None) for row in rows]
    cells = tuple(EMPTY if size is None else Cell(number_format.whole(size), size) for size in sizes)
    return [
        Filled(Column("seeds", "seeds", weight=2), tuple(seeds)),
        Filled(Column("parameters", "parameters", weight=3), cells),
    ]


def _statuses(rows: Sequence[Measured]) -> list[Filled]:
    """For records without a metric: those of which no run is ok, or nothing but the speed was asked."""
    if all(row.ok for row in rows):
        return []
    return [Filled(Column("status", "status", numeric=False), tuple(Cell(metric_columns.status(row)) for row in rows))]


def _promoted(part: Filled, comparison: Comparison) -> Filled:
    """A detail column that a published figure stands in is shown."""
    published_keys = {published.key_of(figure) for figure in published.fitting(comparison)}
    if part.column.detail and part.column.key in published_keys:
        return replace(part, column=replace(part.column, detail=False))
    return part
