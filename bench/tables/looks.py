"""Which look the rows of a figure have: a cell has the same colour and marker in all figures of the suite.

`cell_numbers.json` numbers the cells of conf/cell; `python tests/inventory.py` gives a new one the next number, so that none
ever changes. A cell from elsewhere is numbered by its name. Where rows do not differ in their cells, their first label says the
colour.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bench.tables.comparison import Comparison
from bench.tables.rows import Labels
from bench.tables.table import Value

if TYPE_CHECKING:
    from bench.figures.style import Identity

CELL = "cell.name"
NUMBERS = Path(__file__).with_name("cell_numbers.json")
ELSEWHERE = 1000
"""As many numbers there are for cells from elsewhere."""


def identities(comparison: Comparison) -> list[Identity]:
    """One a row."""
    return identities_of(comparison.grouping.row_keys, [row.labels for row in comparison.rows])


def identities_of(row_keys: Sequence[str], labels: Sequence[Labels]) -> list[Identity]:
    """One for each row of labels, which are the values of `row_keys`."""
    from bench.figures.style import Identity

    position = row_keys.index(CELL) if CELL in row_keys else 0
    first = [row[position] if row else None for row in labels]
    others = [(*row[:position], *row[position + 1 :]) for row in labels]
    families = {value: cell_number(value) if CELL in row_keys else index for index, value in enumerate(dict.fromkeys(first))}
    members = list(dict.fromkeys(others))
    return [Identity(families[value], members.index(other)) for value, other in zip(first, others, strict=True)]


def cell_number(name: Value) -> int:
    """The number of a cell, which says its colour and its marker."""
    numbers = _numbers()
    if name in numbers:
        return numbers[str(name)]
    return int(hashlib.sha256(str(name).encode()).hexdigest(), 16) % ELSEWHERE


@cache
def _numbers() -> dict[str, int]:
    numbers: dict[str, int] = json.loads(NUMBERS.read_text(encoding="utf-8"))
    return numbers
