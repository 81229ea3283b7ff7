"""The table of what moved between two folders: the same sweep at two commits, or two sweeps that share rows.

The primary metric of the shown split is compared, never a speed: those of two passes compare nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.compare.changes import UNKNOWN, Change, changes
from bench.stats.significance import LEVEL
from bench.tables import TableError, config_keys, metric_columns, number_format, provenance
from bench.tables.comparison import Draft, digest, drafts
from bench.tables.difference_columns import STAR, shown
from bench.tables.rows import Labels, name_of
from bench.tables.table import EMPTY, Cell, Column, Row, Table
from bench.tables.tuning import Measured, Metric
from bench.tables.write import records_of


@dataclass(frozen=True)
class Side:
    """One folder's part on one data set; `rows` are keyed by the label columns of both folders."""

    name: str
    draft: Draft
    rows: Mapping[Labels, Measured]


def moved(old: Path, new: Path) -> tuple[list[Table], bool]:
    """One table a data set that both have, and whether any row moved.

    Raises TableError where nothing can be compared: no records, no common data, rows or metric, no row with two seeds.
    """
    before, after = drafts(records_of(old)), drafts(records_of(new))
    by_data = {_digest(draft): draft for draft in after if _digest(draft)}
    shared = [(draft, by_data[_digest(draft)]) for draft in before if _digest(draft) in by_data]
    if not shared:
        raise TableError(
            f"{old} is on {_data(before)} and {new} on {_data(after)}: records of different data are not compared, so give "
            "two folders on the same data."
        )
    made = [_compared(*_sides((str(old), one), (str(new), other))) for one, other in shared]
    return [table for table, _ in made], any(here for _, here in made)


def _digest(draft: Draft) -> str:
    return next((digest(record) for record in draft.records if digest(record)), "")


def _data(found: Sequence[Draft]) -> str:
    known = [f"{draft.data['name']} {_digest(draft)[:12]}" for draft in found if _digest(draft)]
    return " and ".join(known) or "data that no run has read"


def _sides(*named: tuple[str, Draft]) -> Iterator[Side]:
    row_keys = _row_keys(*(draft for _, draft in named))
    for name, draft in named:
        flats = [config_keys.flatten(row.records[0].config) for row in draft.rows]
        yield Side(
            name, draft, {config_keys.values_at(flat, row_keys): row for flat, row in zip(flats, draft.rows, strict=True)}
        )


def _row_keys(*found: Draft) -> list[str]:
    return list(dict.fromkeys(key for draft in found for key in draft.grouping.row_keys))


def _compared(old: Side, new: Side) -> tuple[Table, bool]:
    metric, row_keys = _metric(old, new), _row_keys(old.draft, new.draft)
    found = changes(old.rows, new.rows, metric=metric)
    if not found:
        told = " and ".join(f"{name_of(row_keys, next(iter(side.rows)))} ({side.name})" for side in (old, new))
        raise TableError(f"No row stands in both folders, see {told}: give two folders with the same rows.")
    if all(change.p is None for change in found) and any(change.verdict("") == UNKNOWN for change in found):
        raise TableError(
            f"No row has two seeds in both {old.name} and {new.name}, so the noise is unknown: run the rows with more seeds."
        )
    rows = _rows(found, metric)
    caption = [
        f"Difference: of {metric.split} {metric.name.replace('_', ' ')}, {new.name} minus {old.name}, with its 95 % t-interval "
        f"over seeds, one row at a time{f'; {metric.better} is better' if metric.better else ''}.",
        f"p: corrected by Holm over {sum(change.p is not None for change in found)} rows; {STAR} p < {LEVEL:.2g}. "
        "The test takes the seeds as normal.",
        *_only(row_keys, old, other=new),
        *_only(row_keys, new, other=old),
        *_otherwise(row_keys, found),
        *provenance.data(old.draft)[:1],
        *(f"{side.name}: {line}" for side in (old, new) for line in provenance.machine(side.draft)),
    ]
    columns = _columns(row_keys, metric, names=(old.name, new.name))
    title = f"What moved from {old.name} to {new.name}"
    data = str(old.draft.data["name"])
    return Table(title, columns, rows, tuple(caption), data, _digest(old.draft)), any(change.moved() for change in found)


def _metric(old: Side, new: Side) -> Metric:
    for side in (old, new):
        if side.draft.primary is None:
            raise TableError(f"{side.name} has no run that is ok: there is nothing to compare.")
    metric, other = old.draft.primary, new.draft.primary
    assert metric is not None and other is not None
    if metric.key != other.key:
        raise TableError(f"{old.name} is scored by {metric.key} and {new.name} by {other.key}: give folders of one metric.")
    pairs = [(row, new.rows[labels]) for labels, row in old.rows.items() if labels in new.rows]
    if ways := dict.fromkeys(way for pair in pairs for way in metric_columns.ways_of_scoring(pair, metric)):
        raise TableError(f"{metric.key} was not scored alike ({'; '.join(ways)}): give folders that score in one way.")
    return metric


def _columns(row_keys: Sequence[str], metric: Metric, *, names: tuple[str, str]) -> tuple[Column, ...]:
    headings = config_keys.headings(row_keys)
    return (
        *(Column(key, headings[key], numeric=False) for key in row_keys),
        Column("seeds", "seeds", numeric=False, weight=3),
        *(Column(f"value {index}", name, metric.unit, metric.better, weight=1) for index, name in enumerate(names)),
        Column("difference", "difference", metric.unit),
        Column("p_holm", "p"),
        Column("test", "test", numeric=False, weight=4),
        Column("verdict", "verdict", numeric=False),
    )


def _rows(found: Sequence[Change], metric: Metric) -> tuple[Row, ...]:
    values = [[metric_columns.interval(row, metric) for row in (change.old, change.new)] for change in found]
    places = number_format.decimals([value for both in values for value in both])
    rows = []
    for change, both in zip(found, values, strict=True):
        cells = [
            *(Cell(config_keys.label(label), label) for label in change.labels),
            Cell(" / ".join(metric_columns.seeds(row) for row in (change.old, change.new))),
            *(
                EMPTY if value is None else metric_columns.cell(number_format.with_half_width(value, places), value)
                for value in both
            ),
            EMPTY if change.difference is None else shown(change.difference, places, p=change.p),
            EMPTY if change.p is None else Cell(number_format.p_value(change.p), change.p),
            Cell(change.test or EMPTY.text),
            Cell(change.verdict(metric.better), best=change.moved()),
        ]
        rows.append(Row(tuple(cells)))
    return tuple(rows)


def _only(row_keys: Sequence[str], side: Side, *, other: Side) -> list[str]:
    alone = [name_of(row_keys, labels) for labels in side.rows if labels not in other.rows]
    return [f"Only in {side.name}: {'; '.join(alone)}."] if alone else []


def _otherwise(row_keys: Sequence[str], found: Sequence[Change]) -> list[str]:
    """In what else the configurations of the matched rows differ, tuned values included."""
    different: dict[str, dict[str, list[str]]] = {}
    for change in found:
        before, after = (config_keys.flatten(row.records[0].config) for row in (change.old, change.new))
        for key in dict.fromkeys([*before, *after]):
            passed = key in row_keys or key == config_keys.SEED or config_keys.outside(key) or key.endswith("._target_")
            if not passed and (key in before, config_keys.at(before, key)) != (key in after, config_keys.at(after, key)):
                values = " / ".join(config_keys.label(side[key]) if key in side else "absent" for side in (before, after))
                different.setdefault(key, {}).setdefault(values, []).append(name_of(row_keys, change.labels))
    told = []
    for key, ways in different.items():
        everywhere = any(len(rows) == len(found) for rows in ways.values())
        told += [f"{key} {values}" + ("" if everywhere else f" ({'; '.join(rows)})") for values, rows in ways.items()]
    return [f"The configurations differ in {', '.join(told)}."] if told else []
