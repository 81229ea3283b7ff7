"""Published figures: what others printed, below our rows, marked as such, value only and never ranked.

They were measured elsewhere, by other rules: they frame our numbers, they do not compete with them. A figure that names our
row for it (`row`) stands beside that row in a table of its own (`bench.tables.against_published`) instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.tables.comparison import Draft, fitting_rows
from bench.tables.spec import Published
from bench.tables.table import Cell, Column, Row
from bench.tables.tuning import Metric, metrics_of

MARK = "published"


@dataclass(frozen=True)
class Beside:
    """A figure, the index of our row for it, and the metric that both give."""

    figure: Published
    row: int
    metric: Metric


def rows(draft: Draft, columns: Sequence[Column]) -> list[Row]:
    """One row a name and source: several figures of one source share it. Figures without a column have no row."""
    shown = {column.key for column in columns}
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    for figure in _alone(draft):
        if key_of(figure) in shown:
            found.setdefault((figure.name, figure.source), {})[key_of(figure)] = Cell(str(figure.value), figure.number)
    return [
        Row((Cell(f"{name} ({MARK})", name), *(_cell(cells, column) for column in columns[1:])), source)
        for (name, source), cells in found.items()
    ]


def sentences(draft: Draft, columns: Sequence[Column]) -> list[str]:
    """The sources, and the figures that this table has no column for."""
    shown = {column.key for column in columns}
    told = []
    for figure in _alone(draft):
        note = f" ({figure.notes})" if figure.notes else ""
        if key_of(figure) in shown:
            told.append(f"{figure.name}{note}: {figure.source}")
        else:
            told.append(f"{figure.name}, {figure.split} {figure.metric} {figure.value}{note}: {figure.source}")
    return [f"Published, not measured here: {'; '.join(dict.fromkeys(told))}."] if told else []


def fitting(draft: Draft) -> list[Published]:
    """The figures on this table's data; one that names no data set fits every table."""
    name = str(draft.data["name"]) if draft.data else ""
    return [figure for figure in draft.spec.literature if figure.data in ("", name)]


def matched(draft: Draft) -> list[Beside]:
    """The figures that name exactly one of our rows, and a metric that it has."""
    found = []
    for figure in fitting(draft):
        metric = metric_named(draft, figure.split, figure.metric)
        indices = fitting_rows(draft.rows, figure.row) if figure.row else []
        if metric is not None and len(indices) == 1:
            found.append(Beside(figure, indices[0], metric))
    return found


def metric_named(draft: Draft, split: str, name: str) -> Metric | None:
    """The metric as the table's runs give it; None where none does."""
    return next((metric for metric in metrics_of(draft.records, split) if metric.name == name), None)


def key_of(figure: Published) -> str:
    return f"{figure.split}.{figure.metric}"


def _alone(draft: Draft) -> list[Published]:
    beside = {id(found.figure) for found in matched(draft)}
    return [figure for figure in fitting(draft) if id(figure) not in beside]


def _cell(cells: dict[str, Cell], column: Column) -> Cell:
    return cells[column.key] if column.key in cells else Cell("")
