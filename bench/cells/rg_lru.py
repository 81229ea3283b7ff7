"""Real-gated linear recurrent unit: a diagonal recurrence whose decay is gated by the input, and nothing by the state.

    u_t = W x_t
    r_t = sigma(W_a u_t + b_a)          i_t = sigma(W_x u_t + b_x)          W_a and W_x of `heads` blocks on the diagonal
    a_t = exp(-8 r_t * softplus(A))
    h_t = a_t * h_{t-1} + sqrt(1 - a_t^2) * (i_t * u_t)

De et al. 2024, "Griffin: mixing gated linear recurrences with local attention" (arXiv:2402.19427, equations 1 to 4, with
c = 8; their Lambda is -A). A starts so that exp(-softplus(A)) lies evenly by area in the ring from 0.9 to 0.999, and the gates'
weights are N(0, 1 / block), as in the authors' code (google-deepmind/recurrentgemma, `torch/layers.py`). That code also starts
a sequence with 1 in place of the root, which is not done here, where a sequence may go on from a state. The root is that of
-expm1(2 log a), at least 1e-12, so that it and its derivative are finite for all a.

The convolution before it and the gate beside it are those of a block (`bench.nets.parts.mixer`).
"""

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.ranges import in_heads
from bench.cells.scan.deferred import linear
from bench.cells.scan.linear_recurrence import recur
from bench.cells.scan.padding import without_padding
from bench.cells.state import State, leaf

DECAY = 8.0
RING = (0.9, 0.999)
SMALLEST = 1e-12  # of what the root is taken: its derivative stays finite


class RGLRU(Cell):
    """`weight_gates`: of each head [inputs, r and i]; `bias_gates`: of each head r and i."""

    multiple_of = "heads"
    undecayed = ("decay", "bias_gates")
    variants = ({}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int) -> None:
        super().__init__(input_size, hidden_size)
        width = in_heads(hidden_size, heads)
        self.heads = heads
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, input_size))
        self.weight_gates = nn.Parameter(torch.empty(heads, width, 2 * width))
        self.bias_gates = nn.Parameter(torch.zeros(heads, 2 * width))
        low, high = RING
        squared_H = torch.empty(hidden_size).uniform_(low**2, high**2)
        self.decay = nn.Parameter(squared_H.rsqrt().sub(1).log())  # softplus of it is -log of the radius
        nn.init.uniform_(self.weight_ih, -1 / sqrt(hidden_size), 1 / sqrt(hidden_size))
        nn.init.normal_(self.weight_gates, std=1 / sqrt(width))

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = leaf(state)
        a_BH, b_BH = self._terms(x_BI, h_BH.dtype)
        h_BH = a_BH * h_BH + b_BH
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        (h_BH,) = checked_states(self, x_BTI, state, lengths_B)
        return recur(*self._terms(without_padding(x_BTI, lengths_B), h_BH.dtype), h_BH, lengths_B)

    def _terms(self, x: Tensor, kind: torch.dtype) -> tuple[Tensor, Tensor]:
        """(a, b) of h = a * h + b, at one step or at all."""
        u = linear(x, self.weight_ih).to(kind)
        with torch.autocast(x.device.type, enabled=False):
            parts = torch.unflatten(u, -1, (self.heads, -1))
            gates = torch.einsum("...hi,hio->...ho", parts, self.weight_gates) + self.bias_gates
            r, i = (part.flatten(-2) for part in gates.sigmoid().chunk(2, -1))
            log_a = -DECAY * r * F.softplus(self.decay)
            root = torch.expm1(2 * log_a).neg().clamp(min=SMALLEST).sqrt()
            return log_a.exp(), root * i * u
