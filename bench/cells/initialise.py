"""Initial weights of the cells.

Input weights are U(-1/sqrt H, 1/sqrt H) and biases 0; a cell that wants another bias sets it after. Recurrent weights
are filled one H x H block a gate, by the scheme named:

    uniform      U(-1/sqrt H, 1/sqrt H), as in torch.nn.RNNBase
    orthogonal   a random orthogonal matrix (Saxe et al. 2013, arXiv:1312.6120)
    identity     the unit matrix, meant for rectified units (Le et al. 2015, arXiv:1504.00941, section 2)

An orthogonal block of a stacked weight is orthogonal by itself; the stacked matrix is not.
"""

from collections.abc import Iterable
from math import sqrt

import torch
from torch import Tensor, nn

from bench.cells.ranges import one_of

SCHEMES = ("uniform", "orthogonal", "identity")


@torch.no_grad()
def initialise(weight_GI: Tensor, weight_GH: Tensor, *, biases: Iterable[Tensor], recurrent_init: str) -> None:
    """Fills the parameters of one cell in place, with torch's global generator."""
    bound = 1 / sqrt(weight_GH.size(1))
    nn.init.uniform_(weight_GI, -bound, bound)
    for block_HH in weight_GH.chunk(weight_GH.size(0) // weight_GH.size(1)):
        _fill_block(block_HH, one_of("cell.recurrent_init", recurrent_init, SCHEMES))
    for bias_G in biases:
        nn.init.zeros_(bias_G)


def _fill_block(block_HH: Tensor, scheme: str) -> None:
    if scheme == "orthogonal":
        nn.init.orthogonal_(block_HH)
    elif scheme == "identity":
        nn.init.eye_(block_HH)
    elif scheme == "uniform":
        bound = 1 / sqrt(block_HH.size(1))
        nn.init.uniform_(block_HH, -bound, bound)
    else:
        raise AssertionError(scheme)
