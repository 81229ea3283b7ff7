"""What mixes time in a block: a cell with a short convolution before it, and a gate and an output projection after it.

    u_t = silu(sum_{k=0..K-1} w_k * x_{t-k} + b)        K = stack.convolution, w_k a vector; u_t = x_t without
    h_t = cell(u_t)                                     of E H units, E = stack.expansion
    y_t = W_o (h_t * silu(W_g x_t))                     without the gate W_o h_t, and with E = 1 then h_t itself

The convolution and the gate are those of Gu and Dao 2023 (arXiv:2312.00752, figure 3) and De et al. 2024 (arXiv:2402.19427,
section 2.3), which have a projection of their own before the cell; here the cell's input weights are that projection, since
all cells have some. The convolution looks back only: in a stack of both directions each has one of its own.

A mixer is a cell. Its state is the cell's, with the last K - 1 inputs beside it where there is a convolution.
"""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import last_inputs, valid_mask, zero_padding
from bench.cells.state import Kind, Leaf, State, branches, leaf
from bench.nets.parts.block_settings import BlockSettings

PAST = Leaf("convolved", Kind.FIXED)


class Mixer(Cell):
    """`make_cell(input_size, hidden_size)` builds the cell."""

    undecayed = ("convolution_bias",)

    def __init__(
        self, make_cell: Callable[[int, int], Cell], input_size: int, hidden_size: int, *, block: BlockSettings
    ) -> None:
        super().__init__(input_size, hidden_size)
        inner, self.width = block.expansion * hidden_size, block.convolution
        self.cell = make_cell(input_size, inner)
        self.state_leaves = (*self.cell.state_leaves, PAST) if self.width else self.cell.state_leaves  # type: ignore[misc]
        self.convolution_KI = self.convolution_bias = self.weight_gate = self.weight_out = None
        if self.width:
            bound = 1 / sqrt(self.width)
            self.convolution_KI = nn.Parameter(torch.empty(self.width, input_size).uniform_(-bound, bound))
            self.convolution_bias = nn.Parameter(torch.zeros(input_size))
        if block.gated:
            self.weight_gate = weight(inner, input_size)
        if block.gated or block.expansion > 1:
            self.weight_out = weight(hidden_size, inner)

    def init_state(self, batch_size: int, like: Tensor) -> State:
        start = self.cell.init_state(batch_size, like)
        return (start, like.new_zeros(batch_size, (self.width - 1) * self.input_size)) if self.width else start

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        if self.convolution_KI is None:
            y_BH, after = self.cell.step(x_BI, state)
            return self._written(y_BH, x_BI), after
        before, past = branches(state)
        seen_BKI = torch.cat([leaf(past), x_BI.to(leaf(past).dtype)], 1).view(len(x_BI), self.width, -1)
        y_BH, after = self.cell.step(self._convolved(seen_BKI, 1).squeeze(1), before)
        return self._written(y_BH, x_BI), (after, seen_BKI[:, 1:].flatten(1))

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        checked_states(self, x_BTI, state, lengths_B)
        valid_BT = None if lengths_B is None else valid_mask(lengths_B, x_BTI)
        if valid_BT is not None:
            x_BTI = zero_padding(x_BTI, valid_BT)
        if self.convolution_KI is None:
            y_BTH, after = self.cell.scan(x_BTI, state, lengths_B)
            return self._written(y_BTH, x_BTI), after
        before, past = branches(state)
        past_BKI = leaf(past).reshape(len(x_BTI), self.width - 1, -1)
        seen_BKI = torch.cat([past_BKI, x_BTI.to(past_BKI.dtype)], 1)
        y_BTH, after = self.cell.scan(self._convolved(seen_BKI, x_BTI.size(1)), before, lengths_B)
        return self._written(y_BTH, x_BTI), (after, last_inputs(seen_BKI, self.width - 1, lengths_B).flatten(1))

    def _convolved(self, seen_BKI: Tensor, steps: int) -> Tensor:
        assert self.convolution_KI is not None and self.convolution_bias is not None
        u_BTI = self.convolution_bias.expand(seen_BKI.size(0), steps, -1)
        for place, weight_I in enumerate(self.convolution_KI):
            u_BTI = torch.addcmul(u_BTI, seen_BKI[:, place : place + steps], weight_I)
        return F.silu(u_BTI)

    def _written(self, y: Tensor, x: Tensor) -> Tensor:
        """Zeros stay zeros."""
        if self.weight_gate is not None:
            y = y * F.silu(linear(x, self.weight_gate)).to(y.dtype)
        return y if self.weight_out is None else linear(y, self.weight_out).to(y.dtype)


def weight(rows: int, columns: int) -> nn.Parameter:
    """A map from `columns` to `rows` numbers, uniform by how many it reads."""
    return nn.Parameter(torch.empty(rows, columns).uniform_(-1, 1) / sqrt(columns))
