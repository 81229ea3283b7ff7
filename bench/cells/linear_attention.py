"""Linear attention: every key stays, and what is read is a mean of values.

    S_t = S_{t-1} + phi(k_t) v_t'          z_t = z_{t-1} + phi(k_t)          phi(a) = elu(a) + 1, which is positive
    y_t = S_t' phi(q_t) / (z_t' phi(q_t) + 1e-6)

Katharopoulos et al. 2020, "Transformers are RNNs: fast autoregressive transformers with linear attention" (arXiv:2006.16236,
equations 16 to 20, and 7 for phi). z is a column of S beside the values, whose value is always 1.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.matrix_memory import MatrixMemory
from bench.cells.ranges import in_heads
from bench.cells.scan.matrix_memory import Read
from bench.cells.state import Kind, Leaf, State

SMALLEST = 1e-6


class LinearAttention(MatrixMemory):
    """Rows of `weight_ih`: q, k, v, in blocks of H. State: S beside z, [B, A, K, D + 1]."""

    state_leaves = (Leaf("S", Kind.FIXED),)
    normed = False
    variants = ({}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int) -> None:
        in_heads(hidden_size, heads)
        super().__init__(input_size, hidden_size, heads=heads, keys=None, rows=[hidden_size] * 3)

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, self.heads, self.keys, self.values + 1)

    def read(self, x: Tensor, kind: torch.dtype) -> Read:
        q, k, v = self.in_heads(*self.parts(x, kind))
        return Read(F.elu(q) + 1, F.elu(k) + 1, torch.cat([v, torch.ones_like(v[..., :1])], -1))

    def written(self, o: Tensor, read: Read) -> Tensor:
        return (o[..., :-1] / (o[..., -1:] + SMALLEST)).flatten(-2)
