"""Published figures: what others printed, below our rows, marked as such, value only and never ranked.

They were measured elsewhere, by other rules: they frame our numbers, they do not compete with them. A figure that names our
row for it (`row`) stands beside that row in a table of its own (`bench.tables.against_published`) instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.tables.comparison import Comparison, fitting_rows, is_about
from bench.tables.spec import Published
from bench.tables.table import Cell, Column, Row
from bench.tables.tuning import Metric, metrics_of

MARK = "published"


@dataclass(frozen=True)
class Match:
    """A figure, the index of our row for it, and the metric that both give."""

    figure: Published
    row: int
    metric: Metric


def rows(comparison: Comparison, columns: Sequence[Column]) -> list[Row]:
    """One row a name and source: several figures of one source share it. Figures without a column have no row."""
    keys = {column.key for column in columns}
    cells_of_figures: dict[tuple[str, str], dict[str, Cell]] = {}
    for figure in _unmatched(comparison):
        if key_of(figure) in keys:
            cells_of_figures.setdefault((figure.name, figure.source), {})[key_of(figure)] = Cell(
                str(figure.value), figure.number
            )
    return [
        Row((Cell(f"{name} ({MARK})", name), *(_cell(cells, column) for column in columns[1:])), source)
        for (name, source), cells in cells_of_figures.items()
    ]


def sentences(comparison: Comparison, columns: Sequence[Column]) -> list[str]:
    """The sources, and the figures that this table has no column for."""
    keys = {column.key for column in columns}
    parts = []
    for figure in _unmatched(comparison):
        note = f" ({figure.notes})" if figure.notes else ""
        if key_of(figure) in keys:
            parts.append(f"{figure.name}{note}: {figure.source}")
        else:
            parts.append(f"{figure.name}, {figure.split} {figure.metric} {figure.value}{note}: {figure.source}")
    return [f"Published, not measured here: {'; '.join(dict.fromkeys(parts))}."] if parts else []


def fitting(comparison: Comparison) -> list[Published]:
    """The figures on this table's data; one that names no data set fits every table, of the task that its row names."""
    name = str(comparison.data["name"]) if comparison.data else ""
    return [
        figure
        for figure in comparison.spec.literature
        if figure.data in ("", name) and (figure.row is None or is_about(comparison, figure.row))
    ]


def matched(comparison: Comparison) -> list[Match]:
    """The figures that name exactly one of our rows, and a metric that it has."""
    matches = []
    for figure in fitting(comparison):
        metric = metric_named(comparison, figure.split, figure.metric)
        indices = fitting_rows(comparison.rows, figure.row) if figure.row else []
        if metric is not None and len(indices) == 1:
            matches.append(Match(figure, indices[0], metric))
    return matches


def metric_named(comparison: Comparison, split: str, name: str) -> Metric | None:
    """The metric as the table's runs give it; None where none does."""
    return next((metric for metric in metrics_of(comparison.records, split) if metric.name == name), None)


def key_of(figure: Published) -> str:
    return f"{figure.split}.{figure.metric}"


def _unmatched(comparison: Comparison) -> list[Published]:
    matched_ids = {id(match.figure) for match in matched(comparison)}
    return [figure for figure in fitting(comparison) if id(figure) not in matched_ids]


def _cell(cells: dict[str, Cell], column: Column) -> Cell:
    return cells[column.key] if column.key in cells else Cell("")
