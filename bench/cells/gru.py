"""Gated recurrent unit, the reset gate *before* the product.

    r_t = sigma(W_r x_t + U_r h_{t-1} + b_r)
    z_t = sigma(W_z x_t + U_z h_{t-1} + b_z)
    n_t = tanh(W_n x_t + U_n (r_t * h_{t-1}) + b_n)
    h_t = z_t * h_{t-1} + (1 - z_t) * n_t

Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder" (arXiv:1406.1078v3, equations 5 to 8), with
biases. z keeps the old state, as there; Chung et al. 2014 (arXiv:1412.3555) let 1 - z keep it, which is the same family
with z and 1 - z exchanged.

torch and cuDNN have no such layer: theirs is `bench.cells.gru_reset_after`. The scan is `bench.cells.scan.bptt`. The recurrent
weight lies in two parts because the second reads r * h, and not h as the first does.
"""

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.initialise import initialise
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.steps import Rows, Steps, Views, sigmoid_backward, tanh_backward
from bench.cells.state import State, leaf


class GRU(Cell):
    """Rows of `weight_ih` and `bias`: r, z, n, in blocks of H; of `weight_rz`: r, z."""

    def __init__(self, input_size: int, hidden_size: int, *, recurrent_init: str) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.bias = nn.Parameter(torch.empty(3 * hidden_size))
        recurrent_GH = torch.empty(3 * hidden_size, hidden_size)
        initialise(self.weight_ih, recurrent_GH, biases=[self.bias], recurrent_init=recurrent_init)
        parts = recurrent_GH.split_with_sizes([2 * hidden_size, hidden_size])
        self.weight_rz, self.weight_n = (nn.Parameter(part.clone()) for part in parts)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = leaf(state)
        xr_BH, xz_BH, xn_BH = linear(x_BI, self.weight_ih, self.bias).chunk(3, 1)
        hr_BH, hz_BH = linear(h_BH, self.weight_rz).chunk(2, 1)
        r_BH, z_BH = torch.sigmoid(xr_BH + hr_BH), torch.sigmoid(xz_BH + hz_BH)
        n_BH = torch.tanh(xn_BH + linear(r_BH * h_BH, self.weight_n))
        h_BH = z_BH * h_BH + (1 - z_BH) * n_BH
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        weights = bptt.Weights(self.weight_ih, self.bias, (self.weight_rz, self.weight_n))
        y_BTH, (h_BH,) = bptt.scan(_Steps, x_BTI, states=states, weights=weights, lengths_B=lengths_B)
        return y_BTH, h_BH


class _Steps(Steps):
    """Gates: all; r and z; r; z; n. Kept: r * h, which the second product reads."""

    blocks = ((0, 3), (0, 2), (0, 1), (1, 2), (2, 3))

    @staticmethod
    def widths(hidden_size: int) -> tuple[int, ...]:
        return (hidden_size,)

    def forward(self, rows: Rows) -> None:
        (_, rz, r, z, n), (h,), (h_after,), (reset_h,) = rows
        into_rz, into_n = self.products
        into_rz.add(rz, h)
        rz.sigmoid_()
        into_n.add(n, torch.mul(r, h, out=reset_h))
        torch.lerp(n.tanh_(), h, z, out=h_after)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        """d_r is first the error of what the second product read, r * h."""
        (_, rz, r, z, n), (h,), _, _ = rows
        (_, d_rz, d_r, d_z, d_n), (dh,) = local, errors
        from_rz, from_n = self.products
        torch.sub(h, n, out=d_z).mul_(dh)
        torch.addcmul(dh, dh, z, value=-1, out=d_n)
        tanh_backward(d_n, n, grad_input=d_n)
        from_n.put(d_r, d_n)
        dh.mul_(z).addcmul_(d_r, r)
        d_r.mul_(h)
        from_rz.add(dh, sigmoid_backward(d_rz, rz, grad_input=d_rz))

    def reads(self, rows: Rows, local: Views) -> list[tuple[Tensor, Tensor]]:
        _, d_rz, _, _, d_n = local
        return [(d_rz, rows.before[0]), (d_n, rows.kept[0])]
