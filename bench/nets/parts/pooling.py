"""One vector from the outputs of all steps.

    last         h_T; where bidirectional, what each direction has read when it has read all: [forward h_T ; backward h_1]
    mean, max    over the steps, unit by unit
    attention    sum_t a_t h_t,  a = softmax_t(q . tanh(U h_t + c))      (Yang et al. 2016, "Hierarchical attention networks for
                                                                         document classification", equations 5 to 7)

Padding takes no part. Every row has at least one step.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from bench.cells.ranges import one_of
from bench.cells.scan.padding import beside, valid_mask
from bench.nets.parts.attention import Attention

KINDS = ("last", "mean", "max", "attention")


class Pooling(nn.Module):
    """Reads [B, T, H], H the whole width; `bidirectional` says that its second half was read backwards."""

    def __init__(self, kind: str, *, width: int, bidirectional: bool) -> None:
        super().__init__()
        self.kind = one_of("net.pooling", kind, KINDS)
        self.forward_width = width // 2 if bidirectional else width
        if kind == "attention":
            self.key = nn.Linear(width, width)
            self.query_H = nn.Parameter(torch.empty(width).uniform_(-1, 1) / sqrt(width))
            self.attention = Attention("dot", query_size=width, memory_size=width)

    def forward(self, y_BTH: Tensor, lengths_B: Tensor | None) -> Tensor:
        """[B, H]. `lengths_B` None: every row is full."""
        if lengths_B is None:
            lengths_B = torch.full((len(y_BTH),), y_BTH.size(1))
        lengths_B = beside(lengths_B, y_BTH)
        if self.kind == "last":
            last_BH = y_BTH[torch.arange(len(y_BTH), device=y_BTH.device), lengths_B - 1]
            return torch.cat([last_BH[:, : self.forward_width], y_BTH[:, 0, self.forward_width :]], 1)
        valid_BT = valid_mask(lengths_B, y_BTH)
        if self.kind == "attention":
            query_B1H = self.query_H.expand(len(y_BTH), 1, -1)
            pooled_B1H: Tensor = self.attention(query_B1H, self.key(y_BTH).tanh(), y_BTH, valid_BT)[0]
            return pooled_B1H.squeeze(1)
        padding_BT1 = ~valid_BT.unsqueeze(2)
        if self.kind == "max":
            return y_BTH.masked_fill(padding_BT1, -torch.inf).amax(1)
        return y_BTH.masked_fill(padding_BT1, 0.0).sum(1) / lengths_B.unsqueeze(1)
