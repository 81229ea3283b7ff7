"""A table as columns of one type each, for whoever draws a table of its own: raw numbers, intervals in columns beside them.

Detail columns are left out. What would mix texts with numbers stands in a column of its own: the names of published rows, and
words in place of a number ("diverged").
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.tables.table import EMPTY, Cell, Column, Table, Value


def columns(table: Table) -> dict[str, list[Value]]:
    """Heading -> one value a row; all of a column's values are text, or numbers, or truth values, or None."""
    shown = table.shown()
    found: dict[str, list[Value]] = {}
    for index, column in enumerate(shown.columns):
        cells = [EMPTY if row.published and not index else row.cells[index] for row in shown.rows]
        for name, values in _spread(column, cells).items():
            found[name if name not in found else f"{name} ({column.key})"] = _alike(values)
    if any(row.published for row in shown.rows):
        found["published"] = [row.cells[0].value if row.published else None for row in shown.rows]
        found["source"] = [row.source or None for row in shown.rows]
    return found


def rows(table: Table) -> tuple[list[str], list[list[Value]]]:
    """Headings, and the values by row."""
    found = columns(table)
    return list(found), [list(values) for values in zip(*found.values(), strict=True)]


def _spread(column: Column, cells: Sequence[Cell]) -> dict[str, list[Value]]:
    name = f"{column.name} ({column.unit})" if column.unit else column.name
    found: dict[str, list[Value]] = {name: [cell.value for cell in cells]}
    if any(cell.low is not None for cell in cells):
        found |= {f"{column.name} low": [cell.low for cell in cells], f"{column.name} high": [cell.high for cell in cells]}
    words = [cell.text if cell.value is None and cell.text not in ("", EMPTY.text) else None for cell in cells]
    if all(value is None for value in found[name]):
        return {name: [*words]}
    return found | ({f"{column.name} status": [*words]} if any(words) else {})


def _alike(values: list[Value]) -> list[Value]:
    """Numbers and truth values among words become words."""
    kinds = {"number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value) for value in values}
    if len(kinds - {type(None)}) < 2:
        return values
    return [None if value is None else str(value) for value in values]
