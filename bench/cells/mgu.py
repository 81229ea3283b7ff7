"""Minimal gated unit: a GRU whose two gates are one.

    f_t = sigma(W_f x_t + U_f h_{t-1} + b_f)
    n_t = tanh(W_n x_t + U_n (f_t * h_{t-1}) + b_n)
    h_t = (1 - f_t) * h_{t-1} + f_t * n_t

Zhou et al. 2016, "Minimal gated unit for recurrent neural networks" (arXiv:1603.09420; doi 10.1007/s11633-016-1006-2). They
call f the forget gate, but against an LSTM's it is turned round: f = 1 overwrites, f = 0 keeps. So a bias that lets memory
last is negative here, and it starts at 0, as a GRU's.

It is not `bench.cells.gru` with r = 1 - z: the gate that overwrites is the one that lets the old state into the candidate.
"""

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states, finite
from bench.cells.initialise import initialise
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.steps import Rows, Steps, Views, sigmoid_backward, tanh_backward
from bench.cells.state import State, leaf


class MGU(Cell):
    """Rows of `weight_ih` and `bias`: f, n, in blocks of H."""

    def __init__(self, input_size: int, hidden_size: int, *, recurrent_init: str, forget_bias: float) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(2 * hidden_size, input_size))
        self.bias = nn.Parameter(torch.empty(2 * hidden_size))
        recurrent_GH = torch.empty(2 * hidden_size, hidden_size)
        initialise(self.weight_ih, recurrent_GH, biases=[self.bias], recurrent_init=recurrent_init)
        self.weight_f, self.weight_n = (nn.Parameter(block_HH.clone()) for block_HH in recurrent_GH.chunk(2))
        with torch.no_grad():
            self.bias[:hidden_size] = finite("cell.forget_bias", forget_bias)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = leaf(state)
        xf_BH, xn_BH = linear(x_BI, self.weight_ih, self.bias).chunk(2, 1)
        f_BH = torch.sigmoid(xf_BH + linear(h_BH, self.weight_f))
        n_BH = torch.tanh(xn_BH + linear(f_BH * h_BH, self.weight_n))
        h_BH = (1 - f_BH) * h_BH + f_BH * n_BH
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        weights = bptt.Weights(self.weight_ih, self.bias, (self.weight_f, self.weight_n))
        y_BTH, (h_BH,) = bptt.scan(_Steps, x_BTI, states=states, weights=weights, lengths_B=lengths_B)
        return y_BTH, h_BH


class _Steps(Steps):
    """Gates: all; f; n. Kept: f * h, which the second product reads."""

    blocks = ((0, 2), (0, 1), (1, 2))

    @staticmethod
    def widths(hidden_size: int) -> tuple[int, ...]:
        return (hidden_size,)

    def forward(self, rows: Rows) -> None:
        (_, f, n), (h,), (h_after,), (gated_h,) = rows
        into_f, into_n = self.products
        into_f.add(f, h)
        torch.mul(f.sigmoid_(), h, out=gated_h)
        into_n.add(n, gated_h)
        torch.lerp(h, n.tanh_(), f, out=h_after)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        """f is used three times: d_f gathers n - h from the blend, and h from the product that reads f * h."""
        (_, f, n), (h,), _, _ = rows
        (_, d_f, d_n), (dh,) = local, errors
        from_f, from_n = self.products
        torch.mul(dh, f, out=d_n)
        torch.sub(n, h, out=d_f).mul_(dh)
        dh.sub_(d_n)
        tanh_backward(d_n, n, grad_input=d_n)
        d_read = torch.empty_like(dh)
        from_n.put(d_read, d_n)
        dh.addcmul_(d_read, f)
        d_f.addcmul_(d_read, h)
        from_f.add(dh, sigmoid_backward(d_f, f, grad_input=d_f))

    def reads(self, rows: Rows, local: Views) -> list[tuple[Tensor, Tensor]]:
        _, d_f, d_n = local
        return [(d_f, rows.before[0]), (d_n, rows.kept[0])]
