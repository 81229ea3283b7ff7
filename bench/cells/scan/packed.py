"""Ragged rows without their padding: step by step, and within a step the longest row first.

    lengths 2, 4, 0, 1:   step 0: rows 1, 0, 3    step 1: rows 1, 0    step 2: row 1    step 3: row 1        M = 7

The n_t rows of a step follow each other in memory, and those that go on to the next step are the first n_{t+1} of them: a
loop over time touches no padding and masks nothing, and a sum over all rows and steps is one product over M = sum n_t rows.
A state that does not go on stays where it was left. Full rows are the case n_t = B, in the order given.

A buffer of states is [s_0; s_1; ..]: B rows before the first step, in the order of their length, then M rows.

This is not torch's PackedSequence, which carries data along; it is the bookkeeping alone.
"""

from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor

from bench.cells.scan.padding import beside


class Places(NamedTuple):
    """Row numbers of ragged rows: `order_B` of the batch; `valid_M` of B x T; `before_M` and `last_B` of a buffer of states."""

    order_B: Tensor
    valid_M: Tensor
    before_M: Tensor
    last_B: Tensor


@dataclass(frozen=True)
class Packing:
    """`sizes`: n_t, down to the last step that any row has. `places` None: every row is full."""

    batch_size: int
    steps: int
    sizes: list[int]
    places: Places | None

    def pack(self, x_BTI: Tensor) -> Tensor:
        """x_MI."""
        if self.places is None:
            return x_BTI.transpose(0, 1).reshape(-1, x_BTI.size(2))
        return x_BTI.reshape(-1, x_BTI.size(2)).index_select(0, self.places.valid_M)

    def by_step(self, x_BTI: Tensor) -> tuple[Tensor, ...]:
        """x_NI of each step; views where rows are full."""
        return x_BTI.unbind(1) if self.places is None else self.pack(x_BTI).split_with_sizes(self.sizes)

    def unpack(self, x_MI: Tensor) -> Tensor:
        """x_BTI, exactly 0 in the padding."""
        if self.places is None:
            return x_MI.view(self.steps, self.batch_size, -1).transpose(0, 1)
        x_BTI = x_MI.new_zeros(self.batch_size, self.steps, x_MI.size(1))
        x_BTI.view(-1, x_MI.size(1)).index_copy_(0, self.places.valid_M, x_MI)
        return x_BTI

    def sort(self, s_BH: Tensor) -> Tensor:
        """The longest row first."""
        return s_BH if self.places is None else s_BH.index_select(0, self.places.order_B)

    def unsort(self, s_BH: Tensor) -> Tensor:
        """The inverse of `sort`."""
        return s_BH if self.places is None else torch.empty_like(s_BH).index_copy_(0, self.places.order_B, s_BH)

    def before(self, buffer: Tensor) -> Tensor:
        """Of a buffer of states, for each of the M rows the state that it started from."""
        if self.places is None:
            return buffer[: buffer.size(0) - self.batch_size]
        return buffer.index_select(0, self.places.before_M)

    def last(self, buffer: Tensor) -> Tensor:
        """Of a buffer of states each row's last one, in the order of the batch; a copy."""
        return buffer[-self.batch_size :].clone() if self.places is None else buffer.index_select(0, self.places.last_B)


def packing(x_BTI: Tensor, lengths_B: Tensor | None) -> Packing:
    """Of the rows of `x_BTI`. `lengths_B`: integers in 0..T, read on the host; None: every row is full."""
    batch_size, steps, _ = x_BTI.shape
    if lengths_B is None:
        return Packing(batch_size, steps, [batch_size] * steps, None)
    lengths_B = lengths_B.cpu()
    lengths = lengths_B.tolist()
    if min(lengths, default=steps) == steps:
        return Packing(batch_size, steps, [batch_size] * steps, None)
    sizes = [sum(length > step for length in lengths) for step in range(max(lengths))]
    order_B = torch.argsort(lengths_B, descending=True, stable=True)
    rank_B = torch.empty_like(order_B).index_copy_(0, order_B, torch.arange(batch_size))
    valid_BT = torch.arange(steps) < lengths_B[order_B].unsqueeze(1)
    step_M, rank_M = valid_BT.t().nonzero(as_tuple=True)
    start_T = torch.tensor([0, *accumulate([batch_size, *sizes])])
    places = order_B, order_B[rank_M] * steps + step_M, start_T[step_M] + rank_M, start_T[lengths_B.long()] + rank_B
    return Packing(batch_size, steps, sizes, Places(*(beside(rows, x_BTI) for rows in places)))
