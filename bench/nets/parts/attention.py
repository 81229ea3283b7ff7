"""Attention of decoder states over encoder states, for many queries of one source at once.

    dot        score(q, k) = q . k                                 (Luong et al. 2015, arXiv:1508.04025, section 3.1)
    general    score(q, k) = q . W k                               (the same)
    additive   score(q, k) = v . tanh(W q + U k)                   (Bahdanau et al. 2014, arXiv:1409.0473, appendix A.1.2)

    weights = softmax over the source's valid positions;  context = sum_s weights_s memory_s

What depends on the source alone (W k, U k) is made once a source. The queries of one source are Q time steps while training and
Q hypotheses while decoding: both are one batched product, and no source is ever copied for its hypotheses.

Axes: B sources, S source time, Q queries of a source, E memory, H query, A the inner width of additive attention.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from bench.cells.ranges import one_of
from bench.cells.scan.deferred import linear
from bench.errors import Refusal

KINDS = ("dot", "general", "additive")


class Attention(nn.Module):
    """`prepare` once a source, `forward` for its queries. The inner width A of the additive form is `query_size`."""

    def __init__(self, kind: str, *, query_size: int, memory_size: int) -> None:
        super().__init__()
        self.kind = one_of("net.attention", kind, KINDS)
        if kind == "dot" and query_size != memory_size:
            raise Refusal(
                f"net.attention=dot is refused with decoder states of {query_size} and encoder states of {memory_size} "
                "units, which must be equal: change net.decoder.hidden_size, or set net.attention=general."
            )
        self.key = None if kind == "dot" else _matrix(query_size, memory_size)
        self.query = _matrix(query_size, query_size) if kind == "additive" else None
        self.query_bias = nn.Parameter(torch.zeros(query_size)) if kind == "additive" else None
        self.vector = nn.Parameter(torch.empty(query_size).uniform_(-1, 1) / sqrt(query_size)) if kind == "additive" else None

    def prepare(self, memory_BSE: Tensor) -> Tensor:
        """Keys, one a source position: [B, S, H]."""
        return memory_BSE if self.key is None else nn.functional.linear(memory_BSE, self.key)

    def forward(self, query_BQH: Tensor, keys_BSH: Tensor, memory_BSE: Tensor, valid_BS: Tensor) -> tuple[Tensor, Tensor]:
        """(context_BQE, weights_BQS); weights past a source's length are exactly 0. Every source has a valid position."""
        score_BQS = self._score(query_BQH, keys_BSH)
        weights_BQS = score_BQS.float().masked_fill(~valid_BS.unsqueeze(1), -torch.inf).softmax(2)
        return torch.bmm(weights_BQS.to(memory_BSE.dtype), memory_BSE), weights_BQS

    def _score(self, query_BQH: Tensor, keys_BSH: Tensor) -> Tensor:
        if self.query is None or self.vector is None:
            return torch.bmm(query_BQH, keys_BSH.transpose(1, 2))
        query_BQH = linear(query_BQH.flatten(0, 1), self.query, self.query_bias).view_as(query_BQH)
        inner_BQSH = torch.tanh(query_BQH.unsqueeze(2) + keys_BSH.unsqueeze(1))
        return inner_BQSH @ self.vector.to(inner_BQSH.dtype)


def _matrix(rows: int, columns: int) -> nn.Parameter:
    return nn.Parameter(torch.empty(rows, columns).uniform_(-1, 1) / sqrt(columns))
