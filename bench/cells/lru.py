"""Linear recurrent unit: a complex diagonal recurrence that does not depend on the input, read by a matrix.

    h_t = lambda * h_{t-1} + gamma * (B x_t)        lambda = exp(-exp(nu) + i exp(theta)), of each unit; h, B and C are complex
    y_t = Re(C h_t) + D x_t

Orvieto et al. 2023, "Resurrecting recurrent neural networks for long sequences" (arXiv:2303.06349, equations 1, 4 and 7).
lambda starts evenly by area in the ring from `r_min` to `r_max`, its phase in 0..`max_phase`; gamma = sqrt(1 - |lambda|^2) at
the start, and is learned by its logarithm; B and D are N(0, 1 / 2I) in each part, C N(0, 1 / H), as in appendix A.

All is linear through time: what bends is the block around it.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.ranges import above_zero
from bench.cells.scan.deferred import linear
from bench.cells.scan.linear_recurrence import recur
from bench.cells.scan.padding import valid_mask, without_padding, zero_padding
from bench.cells.state import Kind, Leaf, State, leaf
from bench.errors import Refusal


class LRU(Cell):
    """Rows of `weight_ih`: Re B, Im B, D, in blocks of H; columns of `weight_out`: Re C, -Im C. State: h [B, H, (Re, Im)]."""

    state_leaves = (Leaf("h", Kind.FREE),)
    undecayed = ("nu", "theta", "gamma")

    def __init__(self, input_size: int, hidden_size: int, *, r_min: float, r_max: float, max_phase: float) -> None:
        super().__init__(input_size, hidden_size)
        if not 0 <= r_min < r_max <= 1:
            raise Refusal(f"cell.r_min={r_min!r}, cell.r_max={r_max!r} are refused: give numbers with 0 <= r_min < r_max <= 1.")
        above_zero("cell.max_phase", max_phase)
        squared_H = torch.empty(hidden_size).uniform_(r_min**2 + 1e-8, r_max**2 - 1e-8)
        self.nu = nn.Parameter((-squared_H.log() / 2).log())
        self.theta = nn.Parameter(torch.empty(hidden_size).uniform_(1e-8, max_phase).log())
        self.gamma = nn.Parameter((1 - squared_H).log() / 2)
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size).normal_(std=1 / sqrt(2 * input_size)))
        self.weight_out = nn.Parameter(torch.empty(hidden_size, 2 * hidden_size).normal_(std=1 / sqrt(hidden_size)))

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, self.hidden_size, 2)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = torch.view_as_complex(leaf(state).contiguous())
        b_BH, skipped_BH = self._read(x_BI, h_BH.real.dtype)
        h_BH = self._decay() * h_BH + b_BH
        return self._written(h_BH, skipped_BH), torch.view_as_real(h_BH)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        (parts_BH2,) = checked_states(self, x_BTI, state, lengths_B)
        h_BH = torch.view_as_complex(parts_BH2.contiguous())
        b_BTH, skipped_BTH = self._read(without_padding(x_BTI, lengths_B), parts_BH2.dtype)
        h_BTH, last_BH = recur(self._decay().expand_as(b_BTH), b_BTH, h_BH, lengths_B)
        y_BTH = self._written(h_BTH, skipped_BTH)
        return y_BTH if lengths_B is None else zero_padding(y_BTH, valid_mask(lengths_B, x_BTI)), torch.view_as_real(last_BH)

    def _decay(self) -> Tensor:
        return torch.exp(torch.complex(-self.nu.exp(), self.theta.exp()))

    def _read(self, x: Tensor, kind: torch.dtype) -> tuple[Tensor, Tensor]:
        """(gamma * B x, D x)."""
        real, imaginary, skipped = linear(x, self.weight_ih).to(kind).chunk(3, -1)
        return self.gamma.exp() * torch.complex(real, imaginary), skipped

    def _written(self, h: Tensor, skipped: Tensor) -> Tensor:
        return linear(torch.cat([h.real, h.imag], -1), self.weight_out).to(skipped.dtype) + skipped
