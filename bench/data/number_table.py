"""Columns of numbers out of a CSV text: a row a step, the oldest first."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from bench.data.lines import lines_of
from bench.task import DataError


@dataclass(frozen=True)
class Layout:
    """`header`: the first line names the columns, else they are numbered from 0. `columns` None: all whose first value is a
    number, which passes over dates."""

    header: bool
    separator: str
    columns: Sequence[str] | None

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> "Layout":
        if set(node) != {"header", "separator", "columns"}:
            raise DataError(f"data.table takes exactly header, separator, columns; it has {', '.join(node) or 'nothing'}.")
        if not isinstance(node["separator"], str) or len(node["separator"]) != 1:
            raise DataError(f"data.table.separator={node['separator']!r} is not one character: give one, such as ',' or ';'.")
        columns = node["columns"]
        return cls(bool(node["header"]), node["separator"], None if columns is None else [str(column) for column in columns])


def parse(name: str, text: str, layout: Layout) -> tuple[list[str], Tensor]:
    """(names of the columns that are read, values_TC in float64). Raises DataError for what is missing or no number."""
    numbered = [(number, row) for number, row in enumerate(csv.reader(lines_of(text), delimiter=layout.separator), 1) if row]
    if len(numbered) < 1 + layout.header:
        raise DataError(f"data={name}: the table has no row of values; give a file with a step a line.")
    first = numbered[0][1]
    names = [cell.strip() for cell in first] if layout.header else [str(place) for place in range(len(first))]
    rows = numbered[layout.header :]
    for number, row in rows:
        if len(row) != len(names):
            raise DataError(f"data={name}: line {number} has {len(row)} columns and line 1 has {len(names)}; correct the file.")
    numeric = [column for column, cell in zip(names, rows[0][1], strict=True) if _number(cell) is not None]
    chosen = numeric if layout.columns is None else list(layout.columns)
    if not chosen or set(chosen) - set(names):
        raise DataError(
            f"data={name} has no column {', '.join(sorted(set(chosen) - set(names))) or 'of numbers'}: name columns of "
            f"{', '.join(names)} with data.table.columns."
        )
    places = [names.index(column) for column in chosen]
    return chosen, torch.tensor([_values(name, number, row, places) for number, row in rows], dtype=torch.float64)


def _values(name: str, number: int, row: Sequence[str], places: Sequence[int]) -> list[float]:
    values = []
    for place in places:
        value = _number(row[place])
        if value is None:
            raise DataError(
                f"data={name}: line {number} has {row[place]!r} where a number is needed; fill the gap, or name other columns "
                "with data.table.columns."
            )
        values.append(value)
    return values


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if isfinite(value) else None
