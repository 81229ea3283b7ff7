"""Which rows of a data set train, where not all of them do."""

from bench.task import DataError


def evenly(rows: int, limit: int | None, unit: str) -> list[int]:
    """Places of at most `limit` of so many training rows, evenly spaced; all of them for None."""
    if limit is not None and limit < 1:
        raise DataError(f"data.limit={limit} is out of range: give null, or a number of training {unit} of at least 1.")
    return list(range(rows)) if limit is None or limit >= rows else [rows * place // limit for place in range(limit)]
