"""Numbers to draw: attention weights, transition scores, a confusion matrix."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Matrix:
    """`values[row][column]`; `name` is one word."""

    name: str
    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float]]
