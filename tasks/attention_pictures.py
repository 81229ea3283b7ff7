"""What each symbol of an output looked at in its source, as matrices to draw."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import torch
from torch import Tensor

from bench.data.pairs.pairs import PairBatch
from bench.data.pairs.tokens import END
from bench.metrics.matrix import Matrix


class Paired(Protocol):
    """Rows of an encoder-decoder."""

    def batch(self, rows: Tensor) -> PairBatch: ...


@torch.no_grad()
def picture(
    net: Any, rows_of: Paired, place: int, *, written: Sequence[int], title: str, rows: Sequence[str], columns: Sequence[str]
) -> list[Matrix]:
    """The picture of one row of `rows_of`, whose output is `written`; none of a net without attention.

    `rows` name the symbols written, END too, `columns` the steps read.
    """
    target_1T = torch.tensor([[*written, END]])
    lengths_1 = torch.tensor([target_1T.size(1)])
    pair = replace(rows_of.batch(torch.tensor([place])), target_BT=target_1T, target_lengths_B=lengths_1)
    weights_BTS = net.attention_weights(pair.to(next(net.parameters()).device))
    return [] if weights_BTS is None else [Matrix("attention", title, rows, columns, weights_BTS[0].float().tolist())]
