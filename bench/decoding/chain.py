"""A linear chain: scores for the tags at each position, and for each pair of neighbouring tags.

    score(y) = a_{y_1} + sum_t e_t(y_t) + sum_t A_{y_t, y_t+1} + c_{y_L}

(Lafferty et al. 2001, equation 1, with tags as the only states; Lample et al. 2016, arXiv:1603.01360, section 2.2.) With
log-probabilities it is a hidden Markov model's log p(x, y). The algorithms over it read it prepared: time first, so that a
step of a loop is one piece of memory, in float64, whose range and precision a sentence of thousands of positions needs.

Axes: B sentences, T positions, K tags; L is a sentence's own length.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from bench.cells.scan.padding import beside, valid_mask


class Transitions(NamedTuple):
    """a, c and A: `matrix_KK[j, k]` is from j to k. -inf forbids."""

    start_K: Tensor
    end_K: Tensor
    matrix_KK: Tensor


class Chain(NamedTuple):
    """`emission_TBK` and `transitions` in float64, without gradients; emissions are 0 in the padding."""

    emission_TBK: Tensor
    transitions: Transitions
    lengths_B: Tensor
    valid_TB: Tensor


def prepare(emissions_BTK: Tensor, lengths_B: Tensor, transitions: Transitions) -> Chain:
    """Of at least one sentence; the padding of `emissions_BTK` may be anything.

    Raises ValueError for lengths that do not lie in 1..T.
    """
    steps = emissions_BTK.size(1)
    shortest, longest = (int(end) for end in lengths_B.aminmax())
    if shortest < 1 or longest > steps:
        raise ValueError(f"lengths from {shortest} to {longest} are refused: give lengths from 1 to T, here {steps}.")
    lengths_B = beside(lengths_B, emissions_BTK)
    valid_TB = valid_mask(lengths_B, emissions_BTK).t()
    with torch.no_grad():
        emission_TBK = emissions_BTK.detach().transpose(0, 1).to(torch.float64, memory_format=torch.contiguous_format)
        emission_TBK = emission_TBK.masked_fill(~valid_TB.unsqueeze(2), 0.0)
        return Chain(emission_TBK, Transitions(*(part.detach().double() for part in transitions)), lengths_B, valid_TB)


def mirror(chain: Chain) -> Tensor:
    """Places in [T x B] rows, [T * B]: each sentence backwards, its padding left where it is; its own inverse."""
    steps, rows = chain.valid_TB.shape
    time_T1 = torch.arange(steps, device=chain.lengths_B.device).unsqueeze(1)
    row_B = torch.arange(rows, device=chain.lengths_B.device)
    return (torch.where(chain.valid_TB, chain.lengths_B - 1 - time_T1, time_T1) * rows + row_B).flatten()


def reversed_in_time(x_TBK: Tensor, mirror_M: Tensor) -> Tensor:
    return x_TBK.flatten(0, 1).index_select(0, mirror_M).view_as(x_TBK)
