"""Retention: all keys of a head fade at one rate, which is the same at all steps.

    S_t = gamma S_{t-1} + k_t v_t' / sqrt(K)          o_t = S_t' q_t          gamma = 1 - 2^(-5 - head), head = 0, 1, ..

Sun et al. 2023, "Retentive network: a successor to transformer for large language models" (arXiv:2307.08621, equations 5 to 8).
The paper also turns q and k by their position; that is left out, as in `fla/ops/retention/naive.py` of
fla-org/flash-linear-attention: the state then needs no clock. What follows the memory is `bench.cells.matrix_memory`.
"""

from math import sqrt

import torch
from torch import Tensor

from bench.cells.matrix_memory import MatrixMemory
from bench.cells.ranges import in_heads
from bench.cells.scan.matrix_memory import Read


class RetNet(MatrixMemory):
    """Rows of `weight_ih`: q, k, v, in blocks of H."""

    variants = ({}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int) -> None:
        in_heads(hidden_size, heads)
        super().__init__(input_size, hidden_size, heads=heads, keys=None, rows=[hidden_size] * 3)

    def read(self, x: Tensor, kind: torch.dtype) -> Read:
        q, k, v = self.in_heads(*self.parts(x, kind))
        head_A = torch.arange(self.heads, dtype=kind, device=x.device)
        log_decay_A1 = torch.log1p(-torch.exp2(-5 - head_A)).unsqueeze(1)
        return Read(q, k / sqrt(self.keys), v, log_decay_A1.expand(*q.shape[:-1], 1))
