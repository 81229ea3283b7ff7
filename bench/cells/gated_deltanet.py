"""Gated DeltaNet: keys are overwritten as in `bench.cells.deltanet`, and all of a head fade together besides.

    a_t = exp(-exp(A) softplus(w_a x_t + c))            b_t = sigma(w_b x_t), twice that with `negative_eigenvalues`
    S_t = a_t (I - b_t k_t k_t') S_{t-1} + b_t k_t v_t'          o_t = S_t' q_t          q, k as there

Yang et al. 2024, "Gated delta networks: improving Mamba2 with delta rule" (arXiv:2412.06464, equation 10). The decay is
Mamba-2's (`bench.cells.mamba2`): exp(A) starts evenly in 1..16, softplus(c) evenly by logarithm in 0.001..0.1. What follows the
memory is `bench.cells.matrix_memory`.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.deltanet import unit
from bench.cells.mamba2 import HeadDecay
from bench.cells.matrix_memory import MatrixMemory
from bench.cells.ranges import in_heads
from bench.cells.scan.matrix_memory import Read


class GatedDeltaNet(MatrixMemory):
    """Rows of `weight_ih`: q, k, v, in blocks of H, then b and a."""

    variants = ({}, {"negative_eigenvalues": True}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int, negative_eigenvalues: bool) -> None:
        in_heads(hidden_size, heads)
        super().__init__(input_size, hidden_size, heads=heads, keys=None, rows=[*[hidden_size] * 3, heads, heads])
        self.largest = 2.0 if negative_eigenvalues else 1.0
        self.decay = HeadDecay(heads)

    def read(self, x: Tensor, kind: torch.dtype) -> Read:
        *to_heads, b, a = self.parts(x, kind)
        q, k, v, rate = self.in_heads(*to_heads, self.largest * b.sigmoid())
        _, log_decay = self.decay(a)
        return Read(unit(F.silu(q)), unit(F.silu(k)), v, log_decay.unsqueeze(-1), rate)
