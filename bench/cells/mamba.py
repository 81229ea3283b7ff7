"""Selective state space (S6, of Mamba): each unit has a few decaying memories; what is written and read the input decides.

    u_t = W x_t
    delta_t = softplus(W_d W_r u_t + b)          B_t = W_B u_t          C_t = W_C u_t
    h_t = exp(delta_t A) * h_{t-1} + (delta_t * u_t) B_t'           A = -exp(log_rates); h of H units has `states` numbers each
    y_t = h_t C_t + D * u_t

Gu and Dao 2023, "Mamba: linear-time sequence modeling with selective state spaces" (arXiv:2312.00752, equations 2 to 4 and
algorithm 2), B discretised as delta B, as in the authors' code (state-spaces/mamba, `selective_scan_ref`). A starts as
-(1 .. states), D as 1, b so that delta lies evenly by logarithm in 0.001..0.1; W_r has H / 16 rows.

The convolution before it and the gate beside it are those of a block (`bench.nets.parts.mixer`).
"""

from math import log, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.ranges import at_least_one
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import valid_mask, without_padding, zero_padding
from bench.cells.scan.selective import selective_scan
from bench.cells.state import Kind, Leaf, State, leaf

STEPS = (0.001, 0.1)
UNITS_A_RANK = 16


class Mamba(Cell):
    """Axes: S states of a unit, R rank. Rows of `weight_dbc`: W_r, B, C. State: h [B, H, S]."""

    state_leaves = (Leaf("h", Kind.FREE),)
    undecayed = ("log_rates", "skip", "bias")

    def __init__(self, input_size: int, hidden_size: int, *, states: int) -> None:
        super().__init__(input_size, hidden_size)
        self.states, rank = at_least_one("cell.states", states), -(-hidden_size // UNITS_A_RANK)
        self.parts = [rank, states, states]
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, input_size))
        self.weight_dbc = nn.Parameter(torch.empty(sum(self.parts), hidden_size))
        self.weight_step = nn.Parameter(torch.empty(hidden_size, rank).uniform_(-1 / sqrt(rank), 1 / sqrt(rank)))
        for weight in (self.weight_ih, self.weight_dbc):
            nn.init.uniform_(weight, -1 / sqrt(weight.size(1)), 1 / sqrt(weight.size(1)))
        step_H = torch.empty(hidden_size).uniform_(*map(log, STEPS)).exp()
        self.bias = nn.Parameter(step_H + (-torch.expm1(-step_H)).log())  # softplus of it is the step
        self.log_rates = nn.Parameter(torch.arange(1, states + 1).log().repeat(hidden_size, 1))
        self.skip = nn.Parameter(torch.ones(hidden_size))

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, self.hidden_size, self.states)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BHS = leaf(state)
        u_BH, delta_BH, b_BS, c_BS = self._read(x_BI, h_BHS.dtype)
        decay_BHS = torch.exp(delta_BH.unsqueeze(2) * -self.log_rates.exp())
        h_BHS = decay_BHS * h_BHS + (delta_BH * u_BH).unsqueeze(2) * b_BS.unsqueeze(1)
        return (h_BHS * c_BS.unsqueeze(1)).sum(2) + self.skip * u_BH, h_BHS

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        (h_BHS,) = checked_states(self, x_BTI, state, lengths_B)
        u_BTH, delta_BTH, b_BTS, c_BTS = self._read(without_padding(x_BTI, lengths_B), h_BHS.dtype)
        delta_BTH = without_padding(delta_BTH, lengths_B)
        with torch.autocast(x_BTI.device.type, enabled=False):
            written_BTH = delta_BTH * u_BTH
            y_BTH, h_BHS = selective_scan(delta_BTH, written_BTH, b_BTS, c_BTS, -self.log_rates.exp(), h_BHS)
            y_BTH = y_BTH + self.skip * u_BTH
        return y_BTH if lengths_B is None else zero_padding(y_BTH, valid_mask(lengths_B, x_BTI)), h_BHS

    def _read(self, x: Tensor, kind: torch.dtype) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(u, delta, B, C), at one step or at all."""
        u = linear(x, self.weight_ih).to(kind)
        rank, b, c = torch.split(linear(u, self.weight_dbc).to(kind), self.parts, -1)
        return u, F.softplus(linear(rank, self.weight_step, self.bias).to(kind)), b, c
