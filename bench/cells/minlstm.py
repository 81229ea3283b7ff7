"""Minimal LSTM: gates and candidate see only the input, and the two gates are scaled to sum to 1.

    f_t = sigma(W_f x_t + b_f)          i_t = sigma(W_i x_t + b_i)          g_t = W_g x_t + b_g
    h_t = f_t / (f_t + i_t) * h_{t-1} + i_t / (f_t + i_t) * g_t

Feng et al. 2024, "Were RNNs all we needed?" (arXiv:2410.01201, section 3.2), the version with scaled gates and *without* the
g() of the log-space version in their appendix B. It has neither an output gate nor a memory apart from h.

The scaled gate is computed from logits, log f - log i, which cannot become 0 / 0:

    z_t = i_t / (f_t + i_t) = sigma(softplus(-a_f) - softplus(-a_i))            a: what is inside sigma

so this is `bench.cells.mingru` with another z, and is scanned as that one is.
"""

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import Cell
from bench.cells.checks import checked_states, finite
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.linear_recurrence import Blend, blend
from bench.cells.scan.padding import valid_mask, zero_padding
from bench.cells.scan.steps import Rows, Views
from bench.cells.state import State, leaf


class MinLSTM(Cell):
    """Rows of the weights: f, i, g, in blocks of H."""

    def __init__(self, input_size: int, hidden_size: int, *, forget_bias: float) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.bias = nn.Parameter(torch.zeros(3 * hidden_size))
        nn.init.uniform_(self.weight_ih, -1 / sqrt(hidden_size), 1 / sqrt(hidden_size))
        with torch.no_grad():
            self.bias[:hidden_size] = finite("cell.forget_bias", forget_bias)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = leaf(state)
        f_BH, i_BH, g_BH = linear(x_BI, self.weight_ih, self.bias).to(h_BH.dtype).chunk(3, 1)
        z_BH = torch.sigmoid(F.softplus(-f_BH) - F.softplus(-i_BH))
        h_BH = (1 - z_BH) * h_BH + z_BH * g_BH
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        if x_BTI.device.type != "cpu":
            return self._parallel(x_BTI, states[0], lengths_B)
        weights = bptt.Weights(self.weight_ih, self.bias)
        y_BTH, (h_BH,) = bptt.scan(_Steps, x_BTI, states=states, weights=weights, lengths_B=lengths_B)
        return y_BTH, h_BH

    def _parallel(self, x_BTI: Tensor, h_BH: Tensor, lengths_B: Tensor | None) -> tuple[Tensor, Tensor]:
        if lengths_B is not None:
            x_BTI = zero_padding(x_BTI, valid_mask(lengths_B, x_BTI))
        f_BTH, i_BTH, g_BTH = linear(x_BTI, self.weight_ih, self.bias).to(h_BH.dtype).chunk(3, 2)
        return blend(torch.sigmoid(F.softplus(-f_BTH) - F.softplus(-i_BTH)), g_BTH, h_BH, lengths_B)


class _Steps(Blend):
    """Gates: all; z, in the place of f; g; i, which becomes sigma(-a_i). Kept: sigma(-a_f)."""

    blocks = ((0, 3), (0, 1), (2, 3), (1, 2))

    @staticmethod
    def widths(hidden_size: int) -> tuple[int, ...]:
        return (hidden_size,)

    def prepare(self, rows: Rows) -> None:
        (_, z, _, i), (shut_f,) = rows.gates, rows.kept
        logit_MH = F.softplus(-z).sub_(F.softplus(-i))
        torch.sigmoid(-z, out=shut_f)
        i.neg_().sigmoid_()
        torch.sigmoid(logit_MH, out=z)

    def finish(self, rows: Rows, local: Views) -> None:
        """softplus(-a)' = -sigma(-a)."""
        super().finish(rows, local)
        (_, _, _, shut_i), (shut_f,), (_, d_z, _, d_i) = rows.gates, rows.kept, local
        torch.mul(d_z, shut_i, out=d_i)
        d_z.mul_(shut_f).neg_()
