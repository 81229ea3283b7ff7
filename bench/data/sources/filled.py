"""Splits that are there have rows: an empty test file is a slip, and would leave a table without a word on it."""

from collections.abc import Mapping, Sized

from bench.errors import DataError


def check_filled(name: str, splits: Mapping[str, Sized]) -> None:
    """Raises DataError for a split without a row; training and validation are there always."""
    for split in dict.fromkeys(("train", "validation", *splits)):
        if not len(splits.get(split, ())):
            raise DataError(f"data={name}: the {split} split is empty; give it at least one row.")
