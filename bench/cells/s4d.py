"""Diagonal state space: each unit filters its input by a few damped oscillations, the same at all steps.

    u_t = W x_t
    h_t = e^(dt A) * h_{t-1} + (e^(dt A) - 1) / A * u_t         of each unit `states` complex numbers
    y_t = 2 Re(sum_n C_n h_tn) + D u_t

Gu et al. 2022, "On the parameterization and initialization of diagonal state space models" (arXiv:2206.11893): S4D-Lin, A =
-1/2 + i pi n for n = 0, 1, .. (equation 9), held at zero order (section 2.1), B = 1, C complex N(0, 1), dt a unit from 0.001
to 0.1, evenly by logarithm. One of each pair of conjugates is kept, whence the 2 Re.

Nothing depends on the input, so a sequence is filtered at once, by Fourier transforms: y is u convolved with
K_l = 2 Re sum_n C_n (e^(dt A) - 1) / A e^(l dt A), plus what the state given still rings. A row's last state is a sum over its
inputs counted from its end.

The convolution before it, its nonlinearity and the gate of the paper are those of a block (`bench.nets.parts.mixer`).
"""

from math import log, pi, sqrt

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.ranges import at_least_one
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import beside, reverse_within, valid_mask, without_padding, zero_padding
from bench.cells.state import Kind, Leaf, State, leaf

STEPS = (0.001, 0.1)


class S4D(Cell):
    """Axes: S states of a unit. `weight_read`: C [H, S, (Re, Im)]. State: h [B, H, S, (Re, Im)]."""

    state_leaves = (Leaf("h", Kind.FREE),)
    undecayed = ("log_step", "log_damping", "frequency", "skip")

    def __init__(self, input_size: int, hidden_size: int, *, states: int) -> None:
        super().__init__(input_size, hidden_size)
        self.states = at_least_one("cell.states", states)
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, input_size))
        nn.init.uniform_(self.weight_ih, -1 / sqrt(input_size), 1 / sqrt(input_size))
        self.log_step = nn.Parameter(torch.empty(hidden_size, 1).uniform_(*map(log, STEPS)))
        self.log_damping = nn.Parameter(torch.full((hidden_size, states), log(0.5)))
        self.frequency = nn.Parameter((pi * torch.arange(states)).repeat(hidden_size, 1))
        self.weight_read = nn.Parameter(torch.empty(hidden_size, states, 2).normal_(std=sqrt(0.5)))
        self.skip = nn.Parameter(torch.empty(hidden_size).normal_())

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, self.hidden_size, self.states, 2)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        parts_BHS2 = leaf(state)
        u_BH = linear(x_BI, self.weight_ih).to(parts_BHS2.dtype)
        log_a_HS, b_HS, c_HS = self._system()
        h_BHS = log_a_HS.exp() * torch.view_as_complex(parts_BHS2.contiguous()) + b_HS * u_BH.unsqueeze(2)
        return 2 * (c_HS * h_BHS).sum(2).real + self.skip * u_BH, torch.view_as_real(h_BHS)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        (parts_BHS2,) = checked_states(self, x_BTI, state, lengths_B)
        u_BTH, steps = linear(without_padding(x_BTI, lengths_B), self.weight_ih).to(parts_BHS2.dtype), x_BTI.size(1)
        with torch.autocast(x_BTI.device.type, enabled=False):
            h_BHS = torch.view_as_complex(parts_BHS2.contiguous())
            log_a_HS, b_HS, c_HS = self._system()
            powers_LHS = _powers(log_a_HS.exp(), steps + 1)
            rung_BTH = 2 * torch.einsum("bhs,ths->bth", h_BHS, c_HS * powers_LHS[1:]).real
            kernel_TH = 2 * (c_HS * b_HS * powers_LHS[:-1]).sum(2).real
            y_BTH = rung_BTH + _convolved(u_BTH, kernel_TH) + self.skip * u_BTH
            backwards_BTH = reverse_within(u_BTH, lengths_B).to(h_BHS.dtype)
            fresh_BHS = torch.einsum("bth,ths->bhs", backwards_BTH, powers_LHS[:-1]) * b_HS
            kept = powers_LHS[-1] if lengths_B is None else powers_LHS[beside(lengths_B, u_BTH)]
            after_BHS2 = torch.view_as_real(kept * h_BHS + fresh_BHS)
        return y_BTH if lengths_B is None else zero_padding(y_BTH, valid_mask(lengths_B, x_BTI)), after_BHS2

    def _system(self) -> tuple[Tensor, Tensor, Tensor]:
        """(dt A, what an input is written with, C), complex."""
        a_HS = torch.complex(-self.log_damping.exp(), self.frequency)
        log_decay_HS = self.log_step.exp() * a_HS
        return log_decay_HS, (log_decay_HS.exp() - 1) / a_HS, torch.view_as_complex(self.weight_read)


def _powers(a_HS: Tensor, count: int) -> Tensor:
    """a^0, a^1, .. in twice the precision, since the steps of a loop round in all directions and a product of them does not."""
    power_HS = a_HS.to(torch.complex128)
    powers_LHS = torch.ones_like(power_HS).unsqueeze(0)
    while len(powers_LHS) < count:
        powers_LHS = torch.cat([powers_LHS, powers_LHS * power_HS])
        power_HS = power_HS * power_HS
    return powers_LHS[:count].to(a_HS.dtype)


def _convolved(u_BTH: Tensor, kernel_TH: Tensor) -> Tensor:
    """sum_s K_{t-s} u_s at all t, by transforms so long that the end does not come round to the beginning."""
    steps = u_BTH.size(1)
    length = 1 << (2 * steps - 1).bit_length()
    spectrum = torch.fft.rfft(u_BTH, length, 1) * torch.fft.rfft(kernel_TH, length, 0)
    y_BTH: Tensor = torch.fft.irfft(spectrum, length, 1)[:, :steps]
    return y_BTH
