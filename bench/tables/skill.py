"""Skill: the share of a naive forecast's error that a model removes. A row that removes none is marked.

Below -100 % the error is more than twice the naive one, and how much more tells of the naive error alone: no figure is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.tables.table import Cell, Filled

METRIC = "skill"
MARK = "†"
LEAST = -100.0


def marked(part: Filled) -> Filled:
    """The column with its marks; another column than one of skills as it is."""
    if not _is_skill(part):
        return part
    return replace(
        part, cells=tuple(replace(cell, text=f"{_shown(cell)} {MARK}") if _no_skill(cell) else cell for cell in part.cells)
    )


def sentences(filled: Sequence[Filled]) -> list[str]:
    """What the mark means, where it stands."""
    cells = [cell for part in filled if _is_skill(part) for cell in part.cells]
    if not any(_no_skill(cell) for cell in cells):
        return []
    lines = [f"{MARK} Not better than the naive forecast, which repeats the last value: the mean skill is not above 0."]
    if any(_tells_nothing(cell) for cell in cells):
        lines.append(
            f"Skill below {LEAST:.0f} % is not printed as a figure: the error is more than twice that of the naive forecast, "
            "and how much more tells nothing; of levels beyond the range of training, task.difference=true predicts changes."
        )
    return lines


def _shown(cell: Cell) -> str:
    return f"below {LEAST:.0f}" if _tells_nothing(cell) else cell.text


def _tells_nothing(cell: Cell) -> bool:
    return isinstance(cell.value, int | float) and cell.value < LEAST


def _is_skill(part: Filled) -> bool:
    return part.column.key.rpartition(".")[2] == METRIC


def _no_skill(cell: Cell) -> bool:
    return isinstance(cell.value, int | float) and cell.value <= 0
