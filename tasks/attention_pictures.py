"""What each symbol of an output looked at in its source, as matrices to draw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from bench.data.pairs.pairs import PairBatch
from bench.data.pairs.tokens import END
from bench.metrics.matrix import Matrix
from bench.nets.roles import Writes


@dataclass(frozen=True)
class Legend:
    """What stands beside a picture: `rows` name the symbols written, END too, `columns` the steps read."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]


@torch.no_grad()
def picture(net: Writes[PairBatch], pair: PairBatch, output: Sequence[int], legend: Legend) -> list[Matrix]:
    """The picture of one row, `pair`, whose symbols are `output`; none of a net without attention."""
    target_1T = torch.tensor([[*output, END]])
    pair = replace(pair, target_BT=target_1T, target_lengths_B=torch.tensor([target_1T.size(1)]))
    weights_1TS = net.attention_weights(pair.to(next(net.parameters()).device))
    if weights_1TS is None:
        return []
    return [Matrix("attention", legend.title, legend.rows, legend.columns, weights_1TS[0].float().tolist())]
