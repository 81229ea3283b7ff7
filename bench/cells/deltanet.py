"""DeltaNet: a key is overwritten, not added to: what it held is erased at the rate at which the new value is written.

    b_t = sigma(w_b x_t), twice that with `negative_eigenvalues`            of each head
    S_t = (I - b_t k_t k_t') S_{t-1} + b_t k_t v_t'          o_t = S_t' q_t          q, k = silu(W x_t) / |silu(W x_t)|

Yang et al. 2024, "Parallelizing linear transformers with the delta rule over sequence length" (arXiv:2406.06484, equation 3,
section 3.3 for q and k); the rule is that of Schlag et al. 2021 (arXiv:2102.11174). Grazzi et al. 2024, "Unlocking
state-tracking in linear RNNs through negative eigenvalues" (arXiv:2411.12537, table 2): with b in [0, 2] an eigenvalue of what
S is multiplied by may be -1, and then a state can be flipped. What follows the memory is `bench.cells.matrix_memory`.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.matrix_memory import MatrixMemory
from bench.cells.ranges import in_heads
from bench.cells.scan.matrix_memory import Read

SMALLEST = 1e-6


class DeltaNet(MatrixMemory):
    """Rows of `weight_ih`: q, k, v, in blocks of H, then b."""

    variants = ({}, {"negative_eigenvalues": True}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int, negative_eigenvalues: bool) -> None:
        in_heads(hidden_size, heads)
        super().__init__(input_size, hidden_size, heads=heads, keys=None, rows=[hidden_size, hidden_size, hidden_size, heads])
        self.largest = 2.0 if negative_eigenvalues else 1.0

    def read(self, x: Tensor, kind: torch.dtype) -> Read:
        q, k, v, b = self.in_heads(*self.parts(x, kind))
        return Read(unit(F.silu(q)), unit(F.silu(k)), v, rate=self.largest * b.sigmoid())


def unit(a: Tensor) -> Tensor:
    """Of length 1."""
    return a * (a.square().sum(-1, keepdim=True) + SMALLEST).rsqrt()
