"""Independently recurrent network: each unit remembers itself alone, so the recurrent weight is a vector.

    h_t = max(0, W x_t + u * h_{t-1} + b)        |u| <= recurrent_max

Li et al. 2018, "Independently recurrent neural network (IndRNN): building a longer and deeper RNN" (arXiv:1803.04831). Units
mix in the next layer only, so it wants depth. The gradient through k steps is u^k unit by unit, where the unit is active:
whether it vanishes or explodes can be read from u, which starts evenly spread over 0..`recurrent_max` and is kept below it in
training, as section 3.2 asks; the bound for T steps is some 2^(1/T), which is 1 where a state is carried without end. A u
that an optimiser took beyond counts as the bound, and its gradient is the one there, so that it can come back. The paper also
normalises batches between layers, which is not done here.

It is not a gated cell: u is learned, but does not depend on the input.
"""

from math import inf, sqrt

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.steps import Rows, Steps, Views
from bench.cells.state import State, leaf
from bench.errors import Refusal

relu_backward = torch.ops.aten.threshold_backward.grad_input  # (error, max(0, a), 0, grad_input=into)


class IndRNN(Cell):
    def __init__(self, input_size: int, hidden_size: int, *, recurrent_max: float) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, input_size))
        self.recurrent = nn.Parameter(torch.empty(hidden_size))
        self.bias = nn.Parameter(torch.zeros(hidden_size))
        nn.init.uniform_(self.weight_ih, -1 / sqrt(hidden_size), 1 / sqrt(hidden_size))
        if not 0 < recurrent_max < inf:
            raise Refusal(f"cell.recurrent_max={recurrent_max!r} is refused: give a finite number above 0.")
        self.recurrent_max = recurrent_max
        nn.init.uniform_(self.recurrent, 0.0, recurrent_max)

    def _bounded(self) -> Tensor:
        """u within its bounds; its gradient goes through to u as if it were u."""
        bounded_H = self.recurrent.clamp(-self.recurrent_max, self.recurrent_max)
        return self.recurrent + (bounded_H - self.recurrent).detach()

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = leaf(state)
        h_BH = torch.relu(linear(x_BI, self.weight_ih, self.bias) + self._bounded() * h_BH)
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        weights = bptt.Weights(self.weight_ih, self.bias, (), (self._bounded(),))
        y_BTH, (h_BH,) = bptt.scan(_Steps, x_BTI, states=states, weights=weights, lengths_B=lengths_B)
        return y_BTH, h_BH


class _Steps(Steps):
    """Gates: W x + b, which the backward does not need: the rectifier's derivative can be read from h."""

    blocks = ((0, 1),)
    reads_gates = False

    def forward(self, rows: Rows) -> None:
        (a,), (h,), (h_after,), _ = rows
        torch.addcmul(a, h, self.vectors[0], out=h_after).relu_()

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        (h_after,), (d,), (dh,) = rows.after, local, errors
        relu_backward(dh, h_after, 0, grad_input=d)
        torch.mul(d, self.vectors[0], out=dh)

    def vector_gradients(self, rows: Rows, local: Views) -> list[Tensor]:
        return [(local[0] * rows.before[0]).sum(0)]
