"""Simple recurrent unit: light recurrence, where gates see the memory unit by unit, and a highway around it.

    f_t = sigma(W_f x_t + v_f * c_{t-1} + b_f)
    c_t = f_t * c_{t-1} + (1 - f_t) * (W x_t)
    r_t = sigma(W_r x_t + v_r * c_{t-1} + b_r)
    h_t = r_t * c_t + (1 - r_t) * (W_h x_t)

Lei et al. 2018, "Simple recurrent units for highly parallelizable recurrence" (arXiv:1709.02755, equations 1 to 4). There the
highway carries x itself; here it has a projection always, as the authors' code (asappresearch/sru) has where x and h differ in
width. Input weights start as U(-sqrt(3 / I), sqrt(3 / I)), as in section 3.3, v as U(-1, 1) / sqrt(H), biases as 0 but for the
forget gate's. Their scaling of the highway is left to the norms of a block.

f sees c, so the loop over time stays, of pointwise operations alone; the products, r and h are had at once.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states, finite
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import valid_mask, without_padding, zero_padding
from bench.cells.scan.steps import Rows, Steps, Views, sigmoid_backward
from bench.cells.state import Kind, Leaf, State, leaf


class SRU(Cell):
    """Rows of the weight: W, f, r, W_h, in blocks of H; `bias`: f, r; `vectors`: v_f, v_r. State: c."""

    state_leaves = (Leaf("c", Kind.FREE),)

    def __init__(self, input_size: int, hidden_size: int, *, forget_bias: float) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.vectors = nn.Parameter(torch.empty(2, hidden_size))
        self.bias = nn.Parameter(torch.zeros(2, hidden_size))
        nn.init.uniform_(self.weight_ih, -sqrt(3 / input_size), sqrt(3 / input_size))
        nn.init.uniform_(self.vectors, -1 / sqrt(hidden_size), 1 / sqrt(hidden_size))
        with torch.no_grad():
            self.bias[0] = finite("cell.forget_bias", forget_bias)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        c_BH = leaf(state)
        u_BH, f_BH, r_BH, highway_BH = self._read(x_BI, c_BH.dtype)
        f_BH = (f_BH + self.vectors[0] * c_BH).sigmoid()
        after_BH = f_BH * c_BH + (1 - f_BH) * u_BH
        return self._written(r_BH, c_BH, after_BH, highway_BH), after_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        (c_BH,) = states = checked_states(self, x_BTI, state, lengths_B)
        u_BTH, f_BTH, r_BTH, highway_BTH = self._read(without_padding(x_BTI, lengths_B), c_BH.dtype)
        weights = bptt.Weights(None, None, (), (self.vectors[0],))
        gates_BTG = torch.cat([u_BTH, f_BTH], 2)
        with torch.autocast(x_BTI.device.type, enabled=False):  # there is no product in it
            c_BTH, (last_BH,) = bptt.scan(_Steps, gates_BTG, states=states, weights=weights, lengths_B=lengths_B)
        before_BTH = torch.cat([c_BH.unsqueeze(1), c_BTH[:, :-1]], 1)
        y_BTH = self._written(r_BTH, before_BTH, c_BTH, highway_BTH)
        return y_BTH if lengths_B is None else zero_padding(y_BTH, valid_mask(lengths_B, x_BTI)), last_BH

    def _read(self, x: Tensor, kind: torch.dtype) -> tuple[Tensor, ...]:
        u, f, r, highway = linear(x, self.weight_ih).to(kind).chunk(4, -1)
        return u, f + self.bias[0], r + self.bias[1], highway

    def _written(self, r: Tensor, before: Tensor, c: Tensor, highway: Tensor) -> Tensor:
        return torch.lerp(highway, c, (r + self.vectors[1] * before).sigmoid())


class _Steps(Steps):
    """Gates: both; u; f, which becomes sigma(f). Vector: v_f."""

    blocks = ((0, 2), (0, 1), (1, 2))

    def forward(self, rows: Rows) -> None:
        (_, u, f), (c,), (c_after,), _ = rows
        f.addcmul_(c, self.vectors[0]).sigmoid_()
        torch.lerp(u, c, f, out=c_after)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        """d_u = dc (1 - f); d_f = dc (c - u) f (1 - f); what goes on is dc f + d_f v."""
        (_, u, f), (c,), (_, d_u, d_f), (dc,) = rows.gates, rows.before, local, errors
        torch.sub(c, u, out=d_f).mul_(dc)
        sigmoid_backward(d_f, f, grad_input=d_f)
        d_u.copy_(dc)
        d_u.sub_(dc.mul_(f))
        dc.addcmul_(d_f, self.vectors[0])

    def vector_gradients(self, rows: Rows, local: Views) -> list[Tensor]:
        return [(local[2] * rows.before[0]).sum(0)]
