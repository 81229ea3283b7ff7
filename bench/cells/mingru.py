"""Minimal GRU: gate and candidate see only the input, so there is no hidden-to-hidden product, and time can go in parallel.

    z_t = sigma(W_z x_t + b_z)
    g_t = W_g x_t + b_g
    h_t = (1 - z_t) * h_{t-1} + z_t * g_t

Feng et al. 2024, "Were RNNs all we needed?" (arXiv:2410.01201, section 3.1): the plain version, *without* the g() that makes
candidates positive in the log-space version of their appendix B. So states may be negative and start at 0. z puts the new
in, where `bench.cells.gru` has z keep the old.

A layer mixes units only through the next one, so it wants depth. On a CPU the loop over pointwise steps is the fast scan; on
a GPU it is the parallel one (`bench.cells.scan.linear_recurrence`).
"""

from math import sqrt

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.linear_recurrence import Blend, blend
from bench.cells.scan.padding import valid_mask, zero_padding
from bench.cells.state import State, leaf


class MinGRU(Cell):
    """Rows of the weights: z, g, in blocks of H."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(2 * hidden_size, input_size))
        self.bias = nn.Parameter(torch.zeros(2 * hidden_size))
        nn.init.uniform_(self.weight_ih, -1 / sqrt(hidden_size), 1 / sqrt(hidden_size))

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = leaf(state)
        z_BH, g_BH = linear(x_BI, self.weight_ih, self.bias).to(h_BH.dtype).chunk(2, 1)
        z_BH = z_BH.sigmoid()
        h_BH = (1 - z_BH) * h_BH + z_BH * g_BH
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        if x_BTI.device.type != "cpu":
            return self._parallel(x_BTI, states[0], lengths_B)
        weights = bptt.Weights(self.weight_ih, self.bias)
        y_BTH, (h_BH,) = bptt.scan(Blend, x_BTI, states=states, weights=weights, lengths_B=lengths_B)
        return y_BTH, h_BH

    def _parallel(self, x_BTI: Tensor, h_BH: Tensor, lengths_B: Tensor | None) -> tuple[Tensor, Tensor]:
        if lengths_B is not None:
            x_BTI = zero_padding(x_BTI, valid_mask(lengths_B, x_BTI))
        z_BTH, g_BTH = linear(x_BTI, self.weight_ih, self.bias).to(h_BH.dtype).chunk(2, 2)
        return blend(z_BTH.sigmoid(), g_BTH, h_BH, lengths_B)
