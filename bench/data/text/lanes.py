"""Contiguous lanes for truncated backpropagation through time.

A text of n characters is laid out as B parallel lanes; each batch is the next window of T characters of every lane, so a state
carried from batch to batch has read everything before it in its lane. Every target is counted once: lanes may differ by
one character, and the shorter ones are padded under their length.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.data.batches.batch import Batch


@dataclass(frozen=True)
class LaneBatch(Batch):
    """A window of every lane. inputs_BT and targets_BT are int64; lengths_B is None where every lane is full."""

    inputs_BT: Tensor
    targets_BT: Tensor
    lengths_B: Tensor | None
    first: bool
    tokens: int


class Lanes:
    """Windows of `window` characters over `lanes` contiguous pieces of `ids` [n], each predicted from those before it.

    `context` is the character before the first one; with None the first character is not a target. Memory does not depend on
    the number of windows: batches are slices.
    """

    def __init__(self, ids: Tensor, *, lanes: int, window: int, context: int | None) -> None:
        before = ids[:0] if context is None else torch.tensor([context])
        sequence = torch.cat([before, ids])
        self.targets = len(sequence) - 1
        self.window = window
        lanes = max(1, min(lanes, self.targets))
        self.long, remainder = divmod(self.targets, lanes)
        self.lengths_B = torch.full((lanes,), self.long)
        self.lengths_B[:remainder] += 1
        starts_B = torch.cat([torch.zeros(1, dtype=torch.long), self.lengths_B.cumsum(0)[:-1]])
        self.longest = int(self.lengths_B.max()) if self.targets else 0
        places_BT = (starts_B[:, None] + torch.arange(self.longest + 1)).clamp(max=self.targets)
        self.sequence_BT = sequence[places_BT]

    def set_epoch(self, epoch: int) -> None:
        """Every epoch reads the lanes in the same order."""

    def __len__(self) -> int:
        return -(-self.longest // self.window)

    def __iter__(self) -> Iterator[LaneBatch]:
        for start in range(0, self.longest, self.window):
            stop = min(start + self.window, self.longest)
            left_B = (self.lengths_B - start).clamp(0, stop - start)
            count = int(left_B.sum())
            full = count == len(left_B) * (stop - start)
            yield LaneBatch(
                self.sequence_BT[:, start:stop],
                self.sequence_BT[:, start + 1 : stop + 1],
                None if full else left_B,
                start == 0,
                count,
            )
