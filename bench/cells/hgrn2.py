"""HGRN2: what a key keeps and what is written at it add up to 1.

    f_t = lower_bound + (1 - lower_bound) sigma(W_f x_t)                    of each key
    S_t = diag(f_t) S_{t-1} + (1 - f_t) v_t'          o_t = S_t' silu(W_q x_t)

Qin et al. 2024, "HGRN2: gated linear RNNs with state expansion" (arXiv:2404.07904, equations 5 and 6). There the lower bound is
learned and rises from layer to layer; here all layers have the one given. What follows the memory is
`bench.cells.matrix_memory`.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.matrix_memory import SMALLEST_LOG, MatrixMemory
from bench.cells.ranges import in_heads
from bench.cells.scan.matrix_memory import Read
from bench.errors import Refusal


class HGRN2(MatrixMemory):
    """Rows of `weight_ih`: q, f, v, in blocks of H."""

    variants = ({}, {"heads": 1}, {"lower_bound": 0.5})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int, lower_bound: float) -> None:
        in_heads(hidden_size, heads)
        super().__init__(input_size, hidden_size, heads=heads, keys=None, rows=[hidden_size] * 3)
        if not 0 <= lower_bound < 1:
            raise Refusal(f"cell.lower_bound={lower_bound!r} is refused: give a number of at least 0 and below 1.")
        self.lower_bound = lower_bound

    def read(self, x: Tensor, kind: torch.dtype) -> Read:
        q, f, v = self.in_heads(*self.parts(x, kind))
        k = (1 - self.lower_bound) * torch.sigmoid(-f)
        log_decay = (self.lower_bound + (1 - self.lower_bound) * f.sigmoid()).log() if self.lower_bound else F.logsigmoid(f)
        return Read(F.silu(q), k, v, log_decay.clamp(min=SMALLEST_LOG))
