"""Which rows of a data set train, and which are held out, where it does not say so itself."""

from collections.abc import Sequence

from bench.task import DataError


def evenly(rows: int, limit: int | None, unit: str) -> list[int]:
    """Places of at most `limit` of so many training rows, evenly spaced; all of them for None."""
    if limit is not None and limit < 1:
        raise DataError(f"data.limit={limit} is out of range: give null, or a number of training {unit} of at least 1.")
    return list(range(rows)) if limit is None or limit >= rows else [rows * place // limit for place in range(limit)]


def every_sixth(classes: Sequence[str]) -> dict[str, list[int]]:
    """Rows by split: of each class in the order of the rows, every sixth validates and every sixth tests."""
    met: dict[str, int] = {}
    places: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    for row, one in enumerate(classes):
        turn = met[one] = met.get(one, -1) + 1
        places[{2: "validation", 5: "test"}.get(turn % 6, "train")].append(row)
    return places
