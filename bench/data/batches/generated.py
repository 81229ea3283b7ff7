"""Sequences that are drawn and not read: new ones in every epoch of training, fixed ones for validation and test.

What is drawn in training follows from the run's seed, the epoch and the batch: there is no training set to learn by heart.
Validation and test follow from their names alone, and are the same for every run. Where few sequences are possible, as with
short bit strings, training meets those of the test too.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from bench.errors import DataError
from bench.settings import Settings

Draw = Callable[[int, int, torch.Generator], Any]  # (rows, length, generator) -> batch
DRAWN_AT_ONCE = 100  # rows of a fixed split


@dataclass(frozen=True)
class RowCounts(Settings):
    """How many rows are drawn for each split."""

    train: int
    validation: int
    test: int

    def __post_init__(self) -> None:
        for split, rows in self.by_split.items():
            if rows < 1:
                raise DataError(f"data.{split}={rows} is out of range: give a number of at least 1.")

    @property
    def by_split(self) -> dict[str, int]:
        return {"train": self.train, "validation": self.validation, "test": self.test}


class Generated:
    """How long sequences are, and how many of them there are: `rows.train` an epoch. `test_length` None: as `length`.

    `min_length` None: every sequence of a split is that long. Else each has a length of its own, any from `min_length` to that
    with the same probability, in the test too.
    """

    version = 1
    since: ClassVar[dict[str, Any]] = {"min_length": None}

    def __init__(
        self,
        *,
        name: str,
        folder: str | None,
        length: int,
        test_length: int | None,
        rows: RowCounts,
        min_length: int | None = None,
    ) -> None:
        lengths = {"length": length, "test_length": length if test_length is None else test_length}
        for key, value in lengths.items():
            if value < 1:
                raise DataError(f"data.{key}={value} is out of range: give a number of at least 1.")
            if min_length is not None and not 1 <= min_length <= value:
                raise DataError(
                    f"data.min_length={min_length} is out of range: give null, or a number from 1 to data.{key}={value}."
                )
        self.name = name
        self.rows = rows.by_split
        self.min_length = min_length
        self.lengths = {"train": length, "validation": length, "test": lengths["test_length"]}

    def row_lengths(self, rows: int, longest: int, generator: torch.Generator) -> Tensor:
        """Steps of each of so many sequences of a split whose longest have so many: lengths_B."""
        if self.min_length is None:
            return torch.full((rows,), longest)
        return torch.randint(self.min_length, longest + 1, (rows,), generator=generator)


class Fresh:
    """Batches of `rows` sequences an epoch, drawn anew in each, the last one the rest."""

    def __init__(self, draw: Draw, *, rows: int, length: int, batch_size: int, seed: int) -> None:
        self.draw, self.rows, self.length, self.batch_size, self.seed = draw, rows, length, batch_size, seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.rows // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            rows = min(self.batch_size, self.rows - index * self.batch_size)
            yield self.draw(rows, self.length, generator("train", self.seed, self.epoch, index))


class Fixed:
    """The sequences of a split, always the same."""

    def __init__(self, draw: Draw, *, split: str, rows: int, length: int) -> None:
        starts = range(0, rows, DRAWN_AT_ONCE)
        self.batches = [draw(min(DRAWN_AT_ONCE, rows - start), length, generator(split, start)) for start in starts]

    def set_epoch(self, epoch: int) -> None:
        """Every epoch is the same."""

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.batches)


def generator(*key: object) -> torch.Generator:
    """A stream of random numbers of its own for each key."""
    seed = int.from_bytes(hashlib.sha256(" ".join(map(str, key)).encode()).digest()[:7], "big")
    return torch.Generator().manual_seed(seed)
