"""Published figures: what others printed, below our rows, marked as such, value only and never ranked.

They were measured elsewhere, by other rules: they frame our numbers, they do not compete with them.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.tables.draft import Draft
from bench.tables.report import Published
from bench.tables.table import Cell, Column, Row

MARK = "published"


def rows(draft: Draft, columns: Sequence[Column]) -> list[Row]:
    """One row a name and source: several figures of one source share it. Figures without a column have no row."""
    shown = {column.key for column in columns}
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    for figure in fitting(draft):
        if key_of(figure) in shown:
            number = float(str(figure.value).replace(",", ""))
            found.setdefault((figure.name, figure.source), {})[key_of(figure)] = Cell(str(figure.value), number)
    return [
        Row((Cell(f"{name} ({MARK})", name), *(_cell(cells, column) for column in columns[1:])), source)
        for (name, source), cells in found.items()
    ]


def sentences(draft: Draft, columns: Sequence[Column]) -> list[str]:
    """The sources, and the figures that this table has no column for."""
    shown = {column.key for column in columns}
    told = []
    for figure in fitting(draft):
        note = f" ({figure.note})" if figure.note else ""
        if key_of(figure) in shown:
            told.append(f"{figure.name}{note}: {figure.source}")
        else:
            told.append(f"{figure.name}, {figure.split} {figure.metric} {figure.value}{note}: {figure.source}")
    return [f"Published, not measured here: {'; '.join(dict.fromkeys(told))}."] if told else []


def fitting(draft: Draft) -> list[Published]:
    """The figures on this table's data; one that names no data set fits every table."""
    name = str(draft.data["name"]) if draft.data else ""
    return [figure for figure in draft.report.published if figure.data in ("", name)]


def key_of(figure: Published) -> str:
    return f"{figure.split}.{figure.metric}"


def _cell(cells: dict[str, Cell], column: Column) -> Cell:
    return cells[column.key] if column.key in cells else Cell("")
