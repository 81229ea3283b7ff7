"""Attention of several heads (Vaswani et al. 2017, arXiv:1706.03762, section 3.2).

    q = W_q x,  k = W_k m,  v = W_v m             of each head K = W / A numbers
    p_ts = softmax over s of q_t' k_s / sqrt K
    y_t = W_o [sum_s p_ts v_s of all heads]

Axes: B rows, A heads, Q queries, S what is attended to, W width, K units of a head.
"""

from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.ranges import in_heads
from bench.nets.parts.mixer import weight


class Memory(NamedTuple):
    """What is attended to: keys and values [B, A, S, K]."""

    keys: Tensor
    values: Tensor

    def longer(self, by: "Memory") -> "Memory":
        return Memory(torch.cat([self.keys, by.keys], 2), torch.cat([self.values, by.values], 2))


class Heads(nn.Module):
    """`width` numbers in and out, in `heads` parts."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        in_heads(width, heads, "net.heads")
        self.heads = heads
        self.weight_query, self.weight_memory = weight(width, width), weight(2 * width, width)
        self.weight_out = weight(width, width)

    def memory(self, x_BSW: Tensor) -> Memory:
        keys_BSW, values_BSW = F.linear(x_BSW, self.weight_memory).chunk(2, 2)
        return Memory(self._parted(keys_BSW), self._parted(values_BSW))

    def queries(self, x_BQW: Tensor) -> Tensor:
        """[B, A, Q, K]"""
        return self._parted(F.linear(x_BQW, self.weight_query))

    def attend(self, queries: Tensor, memory: Memory, seen: Tensor | None, *, causal: bool = False) -> Tensor:
        """y_BQW. `seen`, True where a query may look, broadcasts to [B, A, Q, S]; None: everywhere, or with `causal` at what is
        no later than the query."""
        y_BAQK = F.scaled_dot_product_attention(queries, memory.keys, memory.values, seen, is_causal=causal)
        return F.linear(y_BAQK.transpose(1, 2).flatten(2), self.weight_out)

    def weights(self, queries: Tensor, memory: Memory, seen: Tensor) -> Tensor:
        """p [B, Q, S], the mean over the heads."""
        score_BAQS = queries @ memory.keys.transpose(2, 3) / sqrt(queries.size(3))
        return score_BAQS.float().masked_fill(~seen, -torch.inf).softmax(3).mean(1)

    def _parted(self, part_BSW: Tensor) -> Tensor:
        return torch.unflatten(part_BSW, 2, (self.heads, -1)).transpose(1, 2)
