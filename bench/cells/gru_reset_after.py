"""Gated recurrent unit, the reset gate *after* the product: the form of cuDNN and of torch.nn.GRU.

    r_t = sigma(W_r x_t + b_r + U_r h_{t-1} + b'_r)
    z_t = sigma(W_z x_t + b_z + U_z h_{t-1} + b'_z)
    n_t = tanh(W_n x_t + b_n + r_t * (U_n h_{t-1} + b'_n))
    h_t = z_t * h_{t-1} + (1 - z_t) * n_t

z keeps the old state. b'_n is inside the reset, so the two biases of n are not one. All three products with h_{t-1} are
one matrix product, which is why the fused kernels take this form (cuDNN's developer guide, CUDNN_GRU). torch.nn.GRU
computes the same function and serves as storage and fused scan.

It is not the unit of `bench.cells.gru`, which resets before the product; the two have different solutions, not just
different speeds.
"""

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.initialise import initialise
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import scan_padded
from bench.cells.state import State, leaf


class GRUResetAfter(Cell):
    def __init__(self, input_size: int, hidden_size: int, *, recurrent_init: str) -> None:
        super().__init__(input_size, hidden_size)
        self.gru = nn.GRU(input_size, hidden_size, batch_first=True)
        weight_GI, weight_GH, *biases = self.gru.all_weights[0]
        initialise(weight_GI, weight_GH, biases=biases, recurrent_init=recurrent_init)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = leaf(state)
        weight_GI, weight_GH, bias_G, recurrent_bias_G = self.gru.all_weights[0]
        xr_BH, xz_BH, xn_BH = linear(x_BI, weight_GI, bias_G).chunk(3, 1)
        hr_BH, hz_BH, hn_BH = linear(h_BH, weight_GH, recurrent_bias_G).chunk(3, 1)
        r_BH = torch.sigmoid(xr_BH + hr_BH)
        z_BH = torch.sigmoid(xz_BH + hz_BH)
        n_BH = torch.tanh(xn_BH + r_BH * hn_BH)
        h_BH = z_BH * h_BH + (1 - z_BH) * n_BH
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        (h_BH,) = checked_states(self, x_BTI, state, lengths_B)
        return scan_padded(self._fused, x_BTI, h_BH, lengths_B)

    def _fused(self, x_BTI: Tensor, h_BH: Tensor) -> tuple[Tensor, Tensor]:
        y_BTH, h_1BH = self.gru(x_BTI, h_BH.unsqueeze(0).contiguous())
        return y_BTH, h_1BH.squeeze(0).to(h_BH.dtype)
