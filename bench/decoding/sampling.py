"""Sampling from the model's distribution, sharpened by a temperature and cut to its head.

    q(y) ~ p(y)^(1/temperature)                          then, where asked:
    top-k: keep the k most probable tokens               (Fan et al. 2018, arXiv:1805.04833, section 5.4)
    top-p: keep the smallest set of most probable tokens whose mass reaches p
                                                         (Holtzman et al. 2019, arXiv:1904.09751, equations 2 and 3)

in that order, each on what the one before left, renormalised. temperature = 1, no k and p = 1 draw from p itself.
Among equals the cut is arbitrary but fixed in size: top-k keeps exactly k.

All rows of a batch draw from one stream of random numbers, and rows that have ended leave the batch: what a row gets depends
on its batch mates, their number and their order. The same batch and the same seed give the same samples.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.ranges import at_least_one
from bench.cells.state import State
from bench.decoding.bounds import Bounds
from bench.decoding.candidates import Columns
from bench.decoding.generation import Step, unroll
from bench.decoding.hypothesis import Hypothesis
from bench.decoding.kinds import Decoded
from bench.errors import Refusal


@dataclass(frozen=True)
class Sample:
    """`top_k` None: no cut; more than the vocabulary cuts nothing either. `top_p` 1: no cut."""

    version = 1
    decodes = Decoded.TEXT
    temperature: float
    top_k: int | None
    top_p: float

    def __post_init__(self) -> None:
        if not 0.0 < self.temperature < float("inf"):
            raise Refusal(f"decode.temperature={self.temperature!r} is refused: give a finite number above 0.")
        if self.top_k is not None:
            at_least_one("decode.top_k", self.top_k)
        if not 0.0 < self.top_p <= 1.0:
            raise Refusal(f"decode.top_p={self.top_p!r} is refused: give a number above 0 and at most 1.")

    def generate(self, step: Step, state: State, first_N: Tensor, bounds: Bounds) -> list[list[Hypothesis]]:
        """See `Strategy.generate`. A hypothesis bears the model's log-probability, not that of the distribution drawn from."""

        def choose(log_prob_NV: Tensor, columns: Columns) -> Tensor:
            prob_NV = self.distribution(columns.mask(log_prob_NV))
            return torch.multinomial(prob_NV, 1, generator=bounds.generator).squeeze(1)

        return unroll(step, state, first_N, bounds=bounds, choose=choose)

    def distribution(self, log_prob_NV: Tensor) -> Tensor:
        """prob_NV that is drawn from; rows sum to 1, what is cut off is exactly 0. Logits need no normalisation."""
        top_N1 = log_prob_NV.amax(1, keepdim=True)  # taken off first: a tiny temperature must not make all of it -inf
        temperature = max(self.temperature, torch.finfo(log_prob_NV.dtype).tiny)  # a denormal one is read as 0
        prob_NV = ((log_prob_NV - top_N1) / temperature).softmax(1)
        if self.top_k is not None:
            prob_NV = keep_top_k(prob_NV, self.top_k)
        if self.top_p < 1.0:
            prob_NV = keep_top_p(prob_NV, self.top_p)
        return prob_NV


def keep_top_k(prob_NV: Tensor, k: int) -> Tensor:
    """The k largest of each row, renormalised, 0 elsewhere."""
    top_NK, index_NK = prob_NV.topk(min(k, prob_NV.size(1)), 1)
    cut_NV = torch.zeros_like(prob_NV).scatter(1, index_NK, top_NK)
    return cut_NV / cut_NV.sum(1, keepdim=True)


def keep_top_p(prob_NV: Tensor, p: float) -> Tensor:
    """The largest of each row, as few as reach the mass p (at least one), renormalised, 0 elsewhere."""
    sorted_NV, index_NV = prob_NV.sort(1, descending=True)
    before_NV = F.pad(sorted_NV.cumsum(1)[:, :-1], (1, 0))
    cut_NV = torch.zeros_like(prob_NV).scatter(1, index_NV, sorted_NV.masked_fill(before_NV >= p, 0.0))
    return cut_NV / cut_NV.sum(1, keepdim=True)
