"""Columns of numbers out of a CSV text: a row a step, the oldest first. Columns that count time are passed over."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.data.series.clock import Cells, Clock, clocks, told
from bench.data.sources.delimited import rows_of
from bench.data.sources.numbers import WRITTEN, number, resembles_number
from bench.errors import DataError
from bench.settings import Nested

SEPARATORS = ("\t", ";", "|", ",")


@dataclass(frozen=True)
class Layout(Nested):
    """`header`: the first line names the columns, else they are numbered from 0. `columns` None: all in which a number stands
    and that count no time."""

    header: bool
    separator: str
    columns: Sequence[str] | None

    def __post_init__(self) -> None:
        if len(self.separator) != 1:
            raise DataError(f"data.table.separator={self.separator!r} is not one character: give one, such as ',' or ';'.")


@dataclass(frozen=True)
class NumberTable:
    """The columns that are read, by name, `values_TC` in float64, and what is to be said of them and of the others."""

    names: list[str]
    values_TC: Tensor
    notes: list[str]


def parse(name: str, text: str, layout: Layout, *, file: str = "the file") -> NumberTable:
    """Raises DataError for what is missing, for what is no number, and for rows that are not in the order of time."""
    numbered = _filled(name, file, rows_of(name, file, text, layout.separator))
    if len(numbered) < 1 + layout.header:
        raise DataError(f"data={name}: the table has no row of values; give a file with a step a line.")
    if sign := _other_separator([row for _, row in numbered], layout):
        typed = "data.table.separator=tab" if sign == "\t" else f'"data.table.separator={sign!r}"'
        raise DataError(
            f"data={name}: the heading of {file} is one column between {layout.separator!r}, and every line has {sign!r}: give "
            f"{typed}."
        )
    first, names = numbered[0][0], _names(name, file, numbered[0], layout)
    rows = numbered[layout.header :]
    for line, row in rows:
        if len(row) != len(names):
            raise DataError(
                f"data={name}: line {line} of {file} has {len(row)} columns and line {first} has {len(names)}; correct the "
                "file."
            )
    cells = Cells(name, file, names, list(zip(*(row for _, row in rows), strict=True)), [line for line, _ in rows])
    listed = None if layout.columns is None else list(map(str, layout.columns))
    if listed is not None and len(set(listed)) < len(listed):
        raise DataError(f"data.table.columns={listed} names a column twice: name each once.")
    counting = clocks(cells, [index for index, column in enumerate(names) if listed is None or column not in listed])
    chosen = _numeric(cells, counting) if listed is None else listed
    if not chosen or set(chosen) - set(names):
        raise DataError(
            f"data={name} has no column {', '.join(sorted(set(chosen) - set(names))) or 'of numbers'}"
            f"{'' if listed else _but(cells, counting)}: name columns of {', '.join(names)} with data.table.columns, or "
            "say what stands between them: "
            "\"data.table.separator=';'\"."
        )
    if twice := [column for column in chosen if names.count(column) > 1]:
        raise DataError(f"data={name}: line {first} has {twice[0]!r} more than once; give each column a name of its own.")
    places = [names.index(column) for column in chosen]
    values_TC = torch.tensor([[_value(cells, row, index) for index in places] for row in range(len(rows))], dtype=torch.float64)
    return NumberTable(chosen, values_TC, _notes(cells, counting, chosen, values_TC))


def _numeric(cells: Cells, counting: Sequence[Clock]) -> list[str]:
    """The columns in which a number stands. Raises DataError for one of numbers that are written in another way."""
    passed = {index for clock in counting for index in clock.places}
    numeric = []
    for index, column in enumerate(cells.columns):
        if index in passed:
            continue
        if any(number(cell) is not None for cell in column):
            numeric.append(cells.names[index])
        elif 2 * sum(map(resembles_number, column)) > len(column):
            row = next(row for row, cell in enumerate(column) if resembles_number(cell))
            raise DataError(
                f"{_where(cells, row, index)} no number as files have it: write {WRITTEN}{_or_others(cells, index)}"
            )
    return numeric


def _but(cells: Cells, counting: Sequence[Clock]) -> str:
    named = [cells.names[index] for clock in counting for index in clock.places]
    return f" beside {', '.join(named)}, and {'that counts' if len(named) == 1 else 'those count'} time" if named else ""


def _notes(cells: Cells, counting: Sequence[Clock], chosen: Sequence[str], values_TC: Tensor) -> list[str]:
    ranges = zip(chosen, values_TC.amin(0).tolist(), values_TC.amax(0).tolist(), strict=True)
    notes = ["read: " + ", ".join(f"{column} ({low:.6g} to {high:.6g})" for column, low, high in ranges)]
    notes += [told(cells, clock) for clock in counting]
    if not counting:
        notes.append("no column counts time, so the lines are taken to be in its order, none missing")
    passed = {cells.names[index] for clock in counting for index in clock.places}
    if unread := [column or "(no name)" for column in cells.names if column not in {*chosen, *passed}]:
        notes.append(f"not read: {', '.join(unread)}")
    return notes


def _filled(name: str, file: str, numbered: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The rows without empty lines before and after them; one between them is a step that is missing."""
    filled = [index for index, (_, row) in enumerate(numbered) if row]
    table = numbered[filled[0] : filled[-1] + 1] if filled else []
    for line, row in table:
        if not row:
            raise DataError(
                f"data={name}: line {line} of {file} is empty, where a step is missing; fill the gap, or delete the line."
            )
    return table


def _other_separator(rows: Sequence[Sequence[str]], layout: Layout) -> str | None:
    """The sign that is in every row, where the heading is one cell by the separator that was given."""
    if len(rows[0]) != 1:
        return None
    joined = [layout.separator.join(row) for row in rows]
    return next((sign for sign in SEPARATORS if sign != layout.separator and all(sign in row for row in joined)), None)


def _names(name: str, file: str, first: tuple[int, Sequence[str]], layout: Layout) -> list[str]:
    line, cells = first
    if not layout.header:
        return [str(index) for index in range(len(cells))]
    if all(number(cell) is not None for cell in cells):
        raise DataError(
            f"data={name}: line {line} of {file} has numbers alone where it should name the columns: give "
            "data.table.header=false, or names."
        )
    return [cell.strip() for cell in cells]


def _value(cells: Cells, row: int, index: int) -> float:
    cell = cells.columns[index][row]
    value = number(cell)
    if value is not None:
        return value
    if resembles_number(cell):
        raise DataError(f"{_where(cells, row, index)} no number as files have it: write {WRITTEN}{_or_others(cells, index)}")
    raise DataError(f"{_where(cells, row, index)} where a number is needed; fill the gap{_or_others(cells, index)}")


def _where(cells: Cells, row: int, index: int) -> str:
    named, cell = cells.names[index], cells.columns[index][row]
    return f"data={cells.name}: line {cells.lines[row]} of {cells.file} has {cell[:40]!r} in the column {named!r},"


def _or_others(cells: Cells, index: int) -> str:
    others = [column for column in cells.names if column != cells.names[index]]
    return ", or name other columns with data.table.columns." if others else "."
