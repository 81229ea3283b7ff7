"""RWKV-6: each key fades at a rate of its own, and the present value is read through a bonus, before it is written.

    a_t = exp(-exp(w + W_b tanh(W_a x_t)))
    o_t = (S_{t-1} + diag(u) k_t v_t')' r_t
    S_t = diag(a_t) S_{t-1} + k_t v_t'

Peng et al. 2024, "Eagle and Finch: RWKV with matrix-valued states and dynamic recurrence" (arXiv:2404.05892, equations 16 to
19), r in place of q. w starts from -6 to -1 by a power of the unit's number, u near 0, as in the authors' code for a first
layer. The paper's token shift, a blend with the input before, is here the convolution of a block, and its channel mixing the
block's perceptron. What follows the memory is `bench.cells.matrix_memory`.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from bench.cells.matrix_memory import SMALLEST_LOG, MatrixMemory
from bench.cells.ranges import at_least_one, in_heads
from bench.cells.scan.deferred import linear
from bench.cells.scan.matrix_memory import Read

SLOWEST, RANGE, POWER = -6.0, 5.0, 0.7
ZIGZAG = 0.1


class RWKV6(MatrixMemory):
    """Rows of `weight_ih`: r, k, v, in blocks of H. `decay_rank`: that of W_b W_a."""

    undecayed = ("scale", "decay", "bonus")
    variants = ({}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int, decay_rank: int) -> None:
        in_heads(hidden_size, heads)
        super().__init__(input_size, hidden_size, heads=heads, keys=None, rows=[hidden_size] * 3)
        rank, number_H = at_least_one("cell.decay_rank", decay_rank), torch.arange(hidden_size)
        self.decay_in = nn.Parameter(torch.empty(rank, input_size).uniform_(-1, 1) / sqrt(input_size))
        self.decay_out = nn.Parameter(torch.empty(hidden_size, rank).uniform_(-1, 1) / sqrt(rank))
        self.decay = nn.Parameter(SLOWEST + RANGE * (number_H / max(hidden_size - 1, 1)) ** POWER)
        self.bonus = nn.Parameter((ZIGZAG * ((number_H + 1) % 3 - 1)).view(heads, -1))

    def read(self, x: Tensor, kind: torch.dtype) -> Read:
        decay = linear(linear(x, self.decay_in).tanh(), self.decay_out, self.decay).to(kind)
        r, k, v, log_decay = self.in_heads(*self.parts(x, kind), -decay.exp().clamp(max=-SMALLEST_LOG))
        return Read(r, k, v, log_decay, bonus=self.bonus)
