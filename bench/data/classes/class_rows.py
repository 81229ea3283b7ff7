"""Sequences with one class each, as one tensor and places in it: what `Buckets` and `Ordered` make batches of."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.data.batches.ragged import Ragged
from bench.data.batches.sequences import WholeBatch


@dataclass(frozen=True)
class ClassRows:
    """`steps`: those of all rows one after another, tokens [N] or vectors [N, I]. `source`: the places of each row in it;
    `target`: its class."""

    steps: Tensor
    source: Ragged
    target: Ragged

    @classmethod
    def of(cls, sequences: Sequence[Tensor], classes: Sequence[int]) -> "ClassRows":
        """From rows of tokens [T] or vectors [T, I], none of them empty."""
        lengths = torch.tensor([len(steps) for steps in sequences], dtype=torch.int64)
        steps = torch.cat(list(sequences))
        source = Ragged(torch.arange(len(steps)), lengths.cumsum(0) - lengths, lengths)
        return cls(steps, source, Ragged.of([[number] for number in classes]))

    def __len__(self) -> int:
        return len(self.source)

    def batch(self, rows: Tensor) -> WholeBatch:
        """These rows, zeros after their ends; no lengths where all are equal."""
        inputs_BT, lengths_B = self.source.gathered(self.steps, rows)
        classes_B = self.target.padded(rows)[0].squeeze(1)
        full = bool((lengths_B == inputs_BT.size(1)).all())
        return WholeBatch(inputs_BT, classes_B, None if full else lengths_B, len(rows))
