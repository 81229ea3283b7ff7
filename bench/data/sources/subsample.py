"""Some rows of many, evenly spaced: which of them train, which are shown."""

from collections.abc import Sequence
from typing import TypeVar

from bench.errors import DataError

T = TypeVar("T")


def spread(rows: Sequence[T], most: int) -> list[T]:
    """At most so many of the rows, evenly spaced, in their order."""
    return list(rows) if most >= len(rows) else [rows[index * len(rows) // most] for index in range(most)]


def limited(rows: Sequence[T], limit: int | None, unit: str) -> list[T]:
    """What `data.limit` leaves of the training rows; all of them for None. Raises DataError for a limit below 1."""
    if limit is not None and limit < 1:
        raise DataError(f"data.limit={limit} is out of range: give null, or a number of training {unit} of at least 1.")
    return list(rows) if limit is None else spread(rows, limit)
