"""Mamba-2 (state space duality): all keys of a head fade together, at a rate that the input decides; heads share their keys.

    d_t = softplus(w_d x_t + c)          a_t = exp(-exp(A) d_t)             of each head
    S_t = a_t S_{t-1} + B_t (d_t u_t)'          o_t = S_t' C_t + D u_t          u, B, C = W x_t; B and C are those of all heads

Dao and Gu 2024, "Transformers are SSMs: generalized models and efficient algorithms through structured state space duality"
(arXiv:2405.21060, sections 5.2 and 7.1). exp(A) starts evenly in 1..16, softplus(c) evenly by logarithm in 0.001..0.1, D as 1.
What follows the memory is `bench.cells.matrix_memory`.
"""

from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.matrix_memory import SMALLEST_LOG, MatrixMemory
from bench.cells.ranges import at_least_one, in_heads
from bench.cells.scan.matrix_memory import Read

STEPS = (0.001, 0.1)
RATES = (1.0, 16.0)


class HeadDecay(nn.Module):
    """(d, log a) of each head, from w_d x [.., A]."""

    undecayed = ("log_rate", "bias")

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.log_rate = nn.Parameter(torch.empty(heads).uniform_(*RATES).log())
        step_A = torch.empty(heads).uniform_(*map(log, STEPS)).exp()
        self.bias = nn.Parameter(step_A + (-torch.expm1(-step_A)).log())  # softplus of it is the step

    def forward(self, step: Tensor) -> tuple[Tensor, Tensor]:
        d = F.softplus(step + self.bias)
        return d, (-self.log_rate.exp() * d).clamp(min=SMALLEST_LOG)


class Mamba2(MatrixMemory):
    """Rows of `weight_ih`: C, B, in blocks of `states`, u, d. K is `states`."""

    undecayed = ("scale", "skip")
    variants = ({}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int, states: int) -> None:
        in_heads(hidden_size, heads)
        rows = [at_least_one("cell.states", states), states, hidden_size, heads]
        super().__init__(input_size, hidden_size, heads=heads, keys=states, rows=rows)
        self.decay = HeadDecay(heads)
        self.skip = nn.Parameter(torch.ones(heads, 1))

    def read(self, x: Tensor, kind: torch.dtype) -> Read:
        c, b, u, step = self.parts(x, kind)
        d, log_decay = self.decay(step)
        (u,) = self.in_heads(u)
        q, k = (part.unsqueeze(-2).expand(*part.shape[:-1], self.heads, -1) for part in (c, b))
        return Read(q, k, d.unsqueeze(-1) * u, log_decay.unsqueeze(-1), skip=self.skip * u)

    def written(self, o: Tensor, read: Read) -> Tensor:
        assert read.skip is not None
        return super().written(o + read.skip, read)
