"""CSV: one line a row, raw numbers in full precision, all metrics; several tables share one header.

A column with intervals becomes four: its key with the unit, then `low`, `high` and `n`. Task and data set stand in every
line, so that no two of them are mistaken for one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bench.tables.table import EMPTY, Cell, Column, Row, Table, Value

FIRST = ["task", "data", "data_sha256"]
LAST = ["published", "source"]


def render(tables: Sequence[Table]) -> str:
    lines = [line for table in tables for line in _lines(table)]
    names = list(dict.fromkeys([*FIRST, *(name for line in lines for name in line if name not in LAST), *LAST]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _lines(table: Table) -> list[dict[str, str]]:
    return [_line(table, row) for row in table.rows]


def _line(table: Table, row: Row) -> dict[str, str]:
    line = {"task": table.task, "data": table.data_name, "data_sha256": table.data_sha256}
    for index, column in enumerate(table.columns):
        has_intervals = any(other.cells[index].low is not None for other in table.rows)
        line |= _fields(column, row.cells[index], has_intervals=has_intervals)
    return {**line, "published": _text(row.published), "source": row.source}


def _fields(column: Column, cell: Cell, *, has_intervals: bool) -> dict[str, str]:
    name = f"{column.key} [{column.unit}]" if column.unit else column.key
    if column.key == "seeds":
        return {"seeds_ok": _text(cell.value), "seeds": _text(cell.n or None)}
    if cell.value is None and cell.text not in ("", EMPTY.text):
        return {name: "", f"{column.key} status": cell.text}
    fields = {name: _text(cell.value)}
    if has_intervals:
        fields |= {f"{column.key} low": _text(cell.low), f"{column.key} high": _text(cell.high)}
        fields |= {f"{column.key} n": _text(cell.n or None)}
    return fields


def _text(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
