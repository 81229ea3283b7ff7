"""The table of changes between two folders: the same sweep at two commits, or two sweeps that share rows.

The primary metric of the shown split is compared, never a speed: those of two passes compare nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.compare.changes import UNKNOWN, Change, changes
from bench.stats.intervals import LEAST_SEEDS
from bench.stats.significance import LEVEL
from bench.tables import TableError, config_keys, metric_columns, number_format, provenance
from bench.tables.comparison import Comparison, comparisons_of, digest
from bench.tables.difference_columns import STAR, difference_cell
from bench.tables.rows import Labels, name_of
from bench.tables.table import EMPTY, Cell, Column, Row, Table
from bench.tables.tuning import Measured, Metric
from bench.tables.write import records_of


@dataclass(frozen=True)
class Side:
    """One folder's part on one data set; `rows` are keyed by the label columns of both folders."""

    name: str
    comparison: Comparison
    rows: Mapping[Labels, Measured]


def moved(old: Path, new: Path) -> tuple[list[Table], bool]:
    """One table a data set that both have, and whether any row moved.

    Raises TableError where nothing can be compared: no records, no common data, rows or metric, no row with seeds enough.
    """
    before, after = comparisons_of(records_of(old)), comparisons_of(records_of(new))
    by_data = {_digest(comparison): comparison for comparison in after if _digest(comparison)}
    pairs = [(comparison, by_data[_digest(comparison)]) for comparison in before if _digest(comparison) in by_data]
    if not pairs:
        raise TableError(
            f"{old} is on {_data(before)} and {new} on {_data(after)}: records of different data cannot be compared, so "
            "give two folders on the same data."
        )
    compared = [_compared(*_sides((str(old), earlier), (str(new), later))) for earlier, later in pairs]
    return [table for table, _ in compared], any(any_moved for _, any_moved in compared)


def _digest(comparison: Comparison) -> str:
    return next((digest(record) for record in comparison.records if digest(record)), "")


def _data(comparisons: Sequence[Comparison]) -> str:
    names = [f"{comparison.data['name']} {_digest(comparison)[:12]}" for comparison in comparisons if _digest(comparison)]
    return " and ".join(names) or "unknown data"


def _sides(*named: tuple[str, Comparison]) -> Iterator[Side]:
    row_keys = _row_keys(*(comparison for _, comparison in named))
    for name, comparison in named:
        flats = [row.records[0].flat for row in comparison.rows]
        yield Side(
            name,
            comparison,
            {config_keys.values_at(flat, row_keys): row for flat, row in zip(flats, comparison.rows, strict=True)},
        )


def _row_keys(*comparisons: Comparison) -> list[str]:
    return list(dict.fromkeys(key for comparison in comparisons for key in comparison.grouping.row_keys))


def _compared(old: Side, new: Side) -> tuple[Table, bool]:
    metric, row_keys = _metric(old, new), _row_keys(old.comparison, new.comparison)
    matched = changes(old.rows, new.rows, metric=metric)
    if not matched:
        examples = ", ".join(f"{side.name} has {name_of(row_keys, next(iter(side.rows)))}" for side in (old, new))
        raise TableError(f"No row is in both folders ({examples}): give two folders with the same rows.")
    if all(change.p is None for change in matched) and any(change.verdict("") == UNKNOWN for change in matched):
        raise TableError(
            f"No row has {LEAST_SEEDS} seeds in both {old.name} and {new.name}, so the noise is unknown: run more seeds."
        )
    rows = _rows(matched, metric)
    caption = [
        f"Difference: {metric.split} {metric.name.replace('_', ' ')} of {new.name} minus that of {old.name}, with its 95 % "
        "t-interval over seeds (not corrected for the number of rows)"
        f"{f'; {metric.better} is better' if metric.better else ''}.",
        f"p: Holm-corrected over {sum(change.p is not None for change in matched)} rows; {STAR} p < {LEVEL:.2g}. "
        "The test assumes normally distributed seeds.",
        *_only(row_keys, old, other=new),
        *_only(row_keys, new, other=old),
        *_otherwise(row_keys, matched),
        *provenance.data(old.comparison)[:1],
        *(f"{side.name}: {line}" for side in (old, new) for line in provenance.machine(side.comparison)),
    ]
    columns = _columns(row_keys, metric, names=(old.name, new.name))
    title = f"Changes from {old.name} to {new.name}"
    data = str(old.comparison.data["name"])
    return Table(title, columns, rows, tuple(caption), data, _digest(old.comparison)), any(change.moved() for change in matched)


def _metric(old: Side, new: Side) -> Metric:
    for side in (old, new):
        if side.comparison.primary is None:
            raise TableError(f"{side.name} has no run that is ok: there is nothing to compare.")
    metric, other = old.comparison.primary, new.comparison.primary
    assert metric is not None and other is not None
    if metric.key != other.key:
        raise TableError(
            f"{old.name} is scored by {metric.key} and {new.name} by {other.key}: give folders with the same primary metric."
        )
    pairs = [(row, new.rows[labels]) for labels, row in old.rows.items() if labels in new.rows]
    if ways := dict.fromkeys(way for pair in pairs for way in metric_columns.ways_of_scoring(pair, metric)):
        raise TableError(
            f"{metric.key} was scored in different ways ({'; '.join(ways)}): give folders that were scored in the same way."
        )
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


def _rows(matched: Sequence[Change], metric: Metric) -> tuple[Row, ...]:
    values = [[metric_columns.interval(row, metric) for row in (change.old, change.new)] for change in matched]
    places = number_format.decimals([value for pair in values for value in pair])
    rows = []
    for change, pair in zip(matched, values, strict=True):
        cells = [
            *(Cell(config_keys.label(label), label) for label in change.labels),
            Cell(" / ".join(metric_columns.seeds(row) for row in (change.old, change.new))),
            *(
                EMPTY if value is None else metric_columns.cell(number_format.with_half_width(value, places), value)
                for value in pair
            ),
            EMPTY if change.difference is None else difference_cell(change.difference, places, p=change.p),
            EMPTY if change.p is None else Cell(number_format.p_value(change.p), change.p),
            Cell(change.test or EMPTY.text),
            Cell(change.verdict(metric.better), best=change.moved()),
        ]
        rows.append(Row(tuple(cells)))
    return tuple(rows)


def _only(row_keys: Sequence[str], side: Side, *, other: Side) -> list[str]:
    names = [name_of(row_keys, labels) for labels in side.rows if labels not in other.rows]
    return [f"Only in {side.name}: {'; '.join(names)}."] if names else []


def _otherwise(row_keys: Sequence[str], matched: Sequence[Change]) -> list[str]:
    """In what else the configurations of the matched rows differ, tuned values included."""
    different: dict[str, dict[str, list[str]]] = {}
    for change in matched:
        before, after = (row.records[0].flat for row in (change.old, change.new))
        for key in dict.fromkeys([*before, *after]):
            ignored = key in row_keys or key == config_keys.SEED or config_keys.outside(key) or key.endswith("._target_")
            if not ignored and (key in before, config_keys.at(before, key)) != (key in after, config_keys.at(after, key)):
                values = " / ".join(config_keys.label(side[key]) if key in side else "absent" for side in (before, after))
                different.setdefault(key, {}).setdefault(values, []).append(name_of(row_keys, change.labels))
    parts = []
    for key, ways in different.items():
        everywhere = any(len(rows) == len(matched) for rows in ways.values())
        parts += [f"{key} {values}" + ("" if everywhere else f" ({'; '.join(rows)})") for values, rows in ways.items()]
    return [f"The configurations differ in {', '.join(parts)}."] if parts else []
