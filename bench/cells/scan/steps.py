"""What a cell adds to backpropagation through time (`bench.cells.scan.bptt`): what lies between the products, forward and
backward.

The machinery lays out buffers with one row for each of the M steps of all rows and hands a cell the rows of one step at a
time. A cell works on them in place: a kernel that writes where its result belongs costs no allocation and no copy.

Axes: N rows of one step (or M, of all), G gates x H.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

Views = tuple[Tensor, ...]
sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input  # (error, sigma(a), grad_input=into): error * sigma'(a)
tanh_backward = torch.ops.aten.tanh_backward.grad_input  # (error, tanh(a), grad_input=into): error * tanh'(a)


class Rows(NamedTuple):
    """Of one step, or of all: `gates` as the cell's `blocks` cut them, states `before` and `after`, what was `kept` beside."""

    gates: Views
    before: Views
    after: Views
    kept: Views


class Product:
    """left_NK right_KG with a right side that stays: U^T on the way forward, U on the way back.

    With `lower`, in that dtype; what it is put into or added to keeps its own.
    """

    def __init__(self, right_KG: Tensor, lower: torch.dtype | None) -> None:
        self.lower = lower
        self.right_KG = (right_KG if lower is None else right_KG.to(lower)).contiguous()

    def put(self, into_NG: Tensor, left_NK: Tensor) -> None:
        if self.lower is None:
            torch.mm(left_NK, self.right_KG, out=into_NG)
        else:
            into_NG.copy_(torch.mm(left_NK.to(self.lower), self.right_KG))

    def add(self, into_NG: Tensor, left_NK: Tensor) -> None:
        if self.lower is None:
            into_NG.addmm_(left_NK, self.right_KG)
        else:
            into_NG.add_(torch.mm(left_NK.to(self.lower), self.right_KG))


class Steps:
    """Pointwise operations in place, and through which products the rows go.

    `blocks` says how gates are cut into views, as (first, last) in units of H; the first block is all of them. Gates are
    handed over as W x_t + b and left as the backward wants them; they are not stored where `reads_gates` is False. `products`
    and `vectors` are those of `bptt.Weights`.
    """

    blocks: tuple[tuple[int, int], ...]
    reads_gates = True

    def __init__(self, products: Sequence[Product], vectors: Sequence[Tensor]) -> None:
        self.products, self.vectors = products, vectors

    @staticmethod
    def widths(hidden_size: int) -> tuple[int, ...]:
        """Of the buffers that keep what else the backward needs."""
        return ()

    def prepare(self, rows: Rows) -> None:
        """All rows at once, before the loop; there are no states yet."""

    def forward(self, rows: Rows) -> None:
        """From `before` fills `after`, and `kept`."""
        raise NotImplementedError

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        """The d_t into `local`, cut as the gates; `errors`, of the states after, become those of the states before."""
        raise NotImplementedError

    def finish(self, rows: Rows, local: Views) -> None:
        """All rows at once, after the loop backwards: what of `local` was not needed earlier."""

    def reads(self, rows: Rows, local: Views) -> list[tuple[Tensor, Tensor]]:
        """For each recurrent weight (the error of its product, what it read), over all rows."""
        return [(local[0], rows.before[0]) for _ in self.products]

    def vector_gradients(self, rows: Rows, local: Views) -> list[Tensor]:
        return []
