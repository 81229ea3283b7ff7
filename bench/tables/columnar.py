"""A table as columns of one type each, for programs that draw their own table: raw numbers, intervals in columns beside them.

Detail columns are left out. What would mix texts with numbers stands in a column of its own: the names of published rows, and
words in place of a number ("diverged").
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.tables.table import EMPTY, Cell, Column, Table, Value


def columns(table: Table) -> dict[str, list[Value]]:
    """Heading -> one value a row; all of a column's values are text, or numbers, or truth values, or None."""
    displayed = table.shown()
    by_heading: dict[str, list[Value]] = {}
    for index, column in enumerate(displayed.columns):
        cells = [EMPTY if row.published and not index else row.cells[index] for row in displayed.rows]
        for name, values in _spread(column, cells).items():
            by_heading[name if name not in by_heading else f"{name} ({column.key})"] = alike(values)
    if any(row.published for row in displayed.rows):
        by_heading["published"] = [row.cells[0].value if row.published else None for row in displayed.rows]
        by_heading["source"] = [row.source or None for row in displayed.rows]
    return by_heading


def rows(table: Table) -> tuple[list[str], list[list[Value]]]:
    """Headings, and the values by row."""
    by_heading = columns(table)
    return list(by_heading), [list(values) for values in zip(*by_heading.values(), strict=True)]


def _spread(column: Column, cells: Sequence[Cell]) -> dict[str, list[Value]]:
    name = f"{column.name} ({column.unit})" if column.unit else column.name
    by_heading: dict[str, list[Value]] = {name: [cell.value for cell in cells]}
    if any(cell.low is not None for cell in cells):
        by_heading |= {f"{column.name} low": [cell.low for cell in cells], f"{column.name} high": [cell.high for cell in cells]}
    statuses = [cell.text if cell.value is None and cell.text not in ("", EMPTY.text) else None for cell in cells]
    if all(value is None for value in by_heading[name]):
        return {name: [*statuses]}
    return by_heading | ({f"{column.name} status": [*statuses]} if any(statuses) else {})


def alike(values: list[Value]) -> list[Value]:
    """Numbers and truth values among words become words."""
    kinds = {"number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value) for value in values}
    if len(kinds - {type(None)}) < 2:
        return values
    return [None if value is None else str(value) for value in values]
