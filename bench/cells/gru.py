"""Gated recurrent unit, the reset gate *before* the product.

    r_t = sigma(W_r x_t + U_r h_{t-1} + b_r)
    z_t = sigma(W_z x_t + U_z h_{t-1} + b_z)
    n_t = tanh(W_n x_t + U_n (r_t * h_{t-1}) + b_n)
    h_t = z_t * h_{t-1} + (1 - z_t) * n_t

Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder" (arXiv:1406.1078v3, equations 5 to 8), with
biases. z keeps the old state, as there; Chung et al. 2014 (arXiv:1412.3555) let 1 - z keep it, which is the same family
with z and 1 - z exchanged.

torch and cuDNN have no such layer: theirs is `bench.cells.gru_reset_after`. Here the input's products are taken out of
the loop, and the loop over time does six kernels a step.
"""

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell, State, leaf
from bench.cells.deferred import linear
from bench.cells.initialise import initialise
from bench.cells.padding import scan_padded


class GRU(Cell):
    """Rows of the weights: r, z, n, in blocks of H."""

    def __init__(self, input_size: int, hidden_size: int, *, recurrent_init: str) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(3 * hidden_size))
        initialise(self.weight_ih, self.weight_hh, biases=[self.bias], recurrent_init=recurrent_init)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = leaf(state)
        xr_BH, xz_BH, xn_BH = linear(x_BI, self.weight_ih, self.bias).chunk(3, 1)
        weight_r_HH, weight_z_HH, weight_n_HH = self.weight_hh.chunk(3)
        r_BH = torch.sigmoid(xr_BH + linear(h_BH, weight_r_HH))
        z_BH = torch.sigmoid(xz_BH + linear(h_BH, weight_z_HH))
        n_BH = torch.tanh(xn_BH + linear(r_BH * h_BH, weight_n_HH))
        h_BH = z_BH * h_BH + (1 - z_BH) * n_BH
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        return scan_padded(self._hoisted, x_BTI, leaf(state), lengths_B)

    def _hoisted(self, x_BTI: Tensor, h_BH: Tensor) -> tuple[Tensor, Tensor]:
        """The casts do nothing but under autocast, where gates are in bfloat16 and h keeps its dtype."""
        sizes = [2 * self.hidden_size, self.hidden_size]
        x_TBG = linear(x_BTI.transpose(0, 1), self.weight_ih, self.bias)
        weight_rz, weight_n = torch.split(self.weight_hh.to(x_TBG.dtype).t(), sizes, 1)
        outputs = []
        for x_rz, x_n in zip(*(part.unbind(0) for part in torch.split(x_TBG, sizes, 2)), strict=True):
            r_BH, z_BH = torch.addmm(x_rz, h_BH.to(x_rz.dtype), weight_rz).sigmoid().to(h_BH.dtype).chunk(2, 1)
            n_BH = torch.addmm(x_n, (r_BH * h_BH).to(x_n.dtype), weight_n).tanh()
            h_BH = torch.lerp(n_BH.to(h_BH.dtype), h_BH, z_BH)
            outputs.append(h_BH)
        return torch.stack(outputs, 1), h_BH
