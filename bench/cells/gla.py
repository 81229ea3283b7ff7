"""Gated linear attention: each key fades at a rate of its own, which the input decides.

    a_t = sigma(W_b W_a x_t + b)^(1 / temperature)                          from 0 to 1, one a key
    S_t = diag(a_t) S_{t-1} + k_t v_t'          o_t = S_t' q_t / sqrt(K)

Yang et al. 2023, "Gated linear attention transformers with hardware-efficient training" (arXiv:2312.06635, equation 3 and
section 4.4). A head has D = H / heads values and K = D / 2 keys (rounded up); W_b W_a is of low rank, so that a decay for each
key costs few weights; the root keeps a_t near 1, so that memory lasts from the first step on. What follows the memory is
`bench.cells.matrix_memory`.
"""

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.matrix_memory import MatrixMemory
from bench.cells.ranges import above_zero, at_least_one, in_heads
from bench.cells.scan.deferred import linear
from bench.cells.scan.matrix_memory import Read


class GLA(MatrixMemory):
    """Rows of `weight_ih`: q, k, in blocks of A K, v. `decay_rank`: that of W_b W_a. `temperature`: the root of the decay."""

    undecayed = ("scale", "decay_bias")
    variants = ({}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int, decay_rank: int, temperature: float) -> None:
        keys = (in_heads(hidden_size, heads) + 1) // 2
        all_keys, rank = heads * keys, at_least_one("cell.decay_rank", decay_rank)
        super().__init__(input_size, hidden_size, heads=heads, keys=keys, rows=[all_keys, all_keys, hidden_size])
        self.temperature = above_zero("cell.temperature", temperature)
        self.decay_in = nn.Parameter(torch.empty(rank, input_size).uniform_(-1, 1) / sqrt(input_size))
        self.decay_out = nn.Parameter(torch.empty(all_keys, rank).uniform_(-1, 1) / sqrt(rank))
        self.decay_bias = nn.Parameter(torch.zeros(all_keys))

    def read(self, x: Tensor, kind: torch.dtype) -> Read:
        decay = linear(linear(x, self.decay_in), self.decay_out, self.decay_bias).to(kind)
        q, k, v, log_decay = self.in_heads(*self.parts(x, kind), F.logsigmoid(decay) / self.temperature)
        return Read(q / sqrt(self.keys), k, v, log_decay)
