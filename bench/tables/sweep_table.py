"""Assembles a table from a draft: label columns, tuned values, counts, metrics, speeds, published rows, caption."""

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
from bench.tables.comparison import Draft, apart
from bench.tables.table import EMPTY, Cell, Column, Filled, Row, Table, Value
from bench.tables.tuning import Measured


def tables(drafts: Sequence[Draft]) -> list[Table]:
    """One table a data set; where there are several, the title names the data."""
    return _titled(drafts, [[table(draft)] for draft in drafts])


def further(drafts: Sequence[Draft]) -> list[Table]:
    """What the sweep asks beyond its table: our rows beside published figures, and whether its findings hold."""
    made = [[one for one in (against_published.table(draft), claims.table(draft)) if one is not None] for draft in drafts]
    return _titled(drafts, made)


def _titled(drafts: Sequence[Draft], made: Sequence[Sequence[Table]]) -> list[Table]:
    named = zip(apart(drafts), made, strict=True)
    return [replace(one, title=f"{one.title}: {name}".rstrip(" :")) for name, found in named for one in found]


def table(draft: Draft) -> Table:
    filled = [*_labels(draft), *_tuned(draft), *_counts(draft.rows)]
    scored = metric_columns.metric_columns(draft.rows, draft.split) if draft.primary else _statuses(draft.rows)
    scored = [skill.marked(part) for part in scored]
    filled += [*scored[:1], *difference_columns.columns(draft.rows, draft.primary, draft.baseline), *scored[1:]]
    filled += speed_columns.columns(draft.rows, draft.baseline)
    filled = [_promoted(part, draft) for part in filled]
    columns = tuple(part.column for part in filled)
    ours = [Row(cells) for cells in zip(*(part.cells for part in filled), strict=True)]
    told = draft.data
    return Table(
        title=draft.spec.title,
        columns=columns,
        rows=(*ours, *published.rows(draft, columns)),
        caption=caption.lines(draft, filled),
        data_name=str(told["name"]) if told else "",
        data_sha256=str(told["sha256"]) if told else "",
    )


def _labels(draft: Draft) -> list[Filled]:
    row_keys = draft.grouping.row_keys
    names = config_keys.headings([*row_keys, *draft.grouping.tuned_keys])
    return [_words(key, names[key], values=[row.labels[index] for row in draft.rows]) for index, key in enumerate(row_keys)]


def _tuned(draft: Draft) -> list[Filled]:
    tuned = draft.grouping.tuned_keys
    names = config_keys.headings([*draft.grouping.row_keys, *tuned])
    filled = []
    for index, key in enumerate(tuned):
        numeric = _numeric([row.tuned[index] for row in draft.rows if row.tuned is not None])
        cells = tuple(EMPTY if row.tuned is None else _word(row.tuned[index]) for row in draft.rows)
        filled.append(Filled(Column(key, names[key], weight=1, numeric=numeric), cells))
    return filled


def _words(key: str, name: str, *, values: Sequence[Value]) -> Filled:
    return Filled(Column(key, name, numeric=_numeric(values)), tuple(_word(value) for value in values))


def _numeric(values: Sequence[Value]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _word(value: Value) -> Cell:
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


def _promoted(part: Filled, draft: Draft) -> Filled:
    """A detail column that a published figure stands in is shown."""
    wanted = {published.key_of(figure) for figure in published.fitting(draft)}
    if part.column.detail and part.column.key in wanted:
        return replace(part, column=replace(part.column, detail=False))
    return part
