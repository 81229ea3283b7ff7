"""Columns of numbers out of a CSV text: a row a step, the oldest first."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from bench.data.sources.lines import lines_of
from bench.errors import DataError


@dataclass(frozen=True)
class Layout:
    """`header`: the first line names the columns, else they are numbered from 0. `columns` None: all in which a number stands,
    which passes over dates."""

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
        if isinstance(columns, str):
            raise DataError(f"data.table.columns={columns} is no list: give one, such as 'data.table.columns=[{columns}]'.")
        return cls(bool(node["header"]), node["separator"], None if columns is None else [str(column) for column in columns])


def parse(name: str, text: str, layout: Layout) -> tuple[list[str], Tensor]:
    """(names of the columns that are read, values_TC in float64). Raises DataError for what is missing or no number."""
    numbered = _filled(name, list(enumerate(csv.reader(lines_of(text), delimiter=layout.separator), 1)))
    if len(numbered) < 1 + layout.header:
        raise DataError(f"data={name}: the table has no row of values; give a file with a step a line.")
    names = _names(name, numbered[0][1], layout)
    rows = numbered[layout.header :]
    for number, row in rows:
        if len(row) != len(names):
            raise DataError(f"data={name}: line {number} has {len(row)} columns and line 1 has {len(names)}; correct the file.")
    numeric = [column for place, column in enumerate(names) if any(_number(row[place]) is not None for _, row in rows)]
    chosen = numeric if layout.columns is None else list(layout.columns)
    if not chosen or set(chosen) - set(names):
        raise DataError(
            f"data={name} has no column {', '.join(sorted(set(chosen) - set(names))) or 'of numbers'}: name columns of "
            f"{', '.join(names)} with data.table.columns, or say what stands between them: \"data.table.separator=';'\"."
        )
    if twice := [column for column in chosen if names.count(column) > 1]:
        raise DataError(f"data={name}: line 1 has {twice[0]!r} more than once; give each column a name of its own.")
    places = [names.index(column) for column in chosen]
    return chosen, torch.tensor([_values(name, number, row, places) for number, row in rows], dtype=torch.float64)


def _filled(name: str, numbered: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The rows without empty lines before and after them; one between them is a step that is missing."""
    filled = [place for place, (_, row) in enumerate(numbered) if row]
    kept = numbered[filled[0] : filled[-1] + 1] if filled else []
    for number, row in kept:
        if not row:
            raise DataError(f"data={name}: line {number} is empty, where a step is missing; fill the gap, or delete the line.")
    return kept


def _names(name: str, first: Sequence[str], layout: Layout) -> list[str]:
    if not layout.header:
        return [str(place) for place in range(len(first))]
    if all(_number(cell) is not None for cell in first):
        raise DataError(
            f"data={name}: line 1 has numbers alone where it should name the columns: give data.table.header=false, or names."
        )
    return [cell.strip() for cell in first]


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
