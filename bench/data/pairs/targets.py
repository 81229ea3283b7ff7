"""Sequences that are written and not read: rows of numbers that end in END, and their batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from bench.data.batches.batch import Batch
from bench.data.batches.ragged import Ragged


@dataclass(frozen=True)
class TargetBatch(Batch):
    """Texts to write, padded with 0. Lengths count END, and so do `tokens`, which are all symbols of the texts.

    `index_B` is the place of each row in its split.
    """

    target_BT: Tensor
    target_lengths_B: Tensor
    index_B: Tensor
    tokens: int
    first: bool = True


@dataclass(frozen=True)
class TargetIds:
    """A split as numbers. `source` and `target` are what batches are cut by."""

    target: Ragged

    @property
    def source(self) -> Ragged:
        return self.target

    def __len__(self) -> int:
        return len(self.target)

    def batch(self, rows: Tensor) -> TargetBatch:
        """These rows (int64 [B], at least one) as a batch, in this order."""
        target_BT, lengths_B = self.target.padded(rows)
        return TargetBatch(target_BT, lengths_B, rows, int(lengths_B.sum()))


class Written(Protocol):
    """A split with rows that end in END."""

    @property
    def target(self) -> Ragged: ...


def longest_text(ids: Mapping[str, Written]) -> int:
    """Symbols of the longest row of all splits, without END."""
    return max(int(rows.target.lengths.max()) for rows in ids.values() if len(rows.target)) - 1
