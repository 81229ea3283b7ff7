"""What a beam has finished: which slots that takes, the n best of each source, and when nothing can overtake them."""

from collections.abc import Callable

import torch
from torch import Tensor

from bench.decoding.bounds import Bounds
from bench.decoding.candidates import IMPOSSIBLE, Candidates

Normed = Callable[[Tensor, Tensor], Tensor]  # (log P, L) -> score


class Finished:
    """Axes: B all sources, b those still in the batch (`source_b` says which), K = width candidates, n the best to keep.

    `end_Bn` is the place of a hypothesis' last symbol in the trace, -1 where there is no hypothesis.
    """

    def __init__(self, first_B: Tensor, bounds: Bounds, *, width: int, n_best: int, normed: Normed) -> None:
        self.width, self.normed, self.eos = width, normed, bounds.eos
        self.limit_B = bounds.limits(first_B)
        self.ended_B = torch.zeros_like(self.limit_B)
        self.score_Bn = torch.full((len(first_B), n_best), -torch.inf, dtype=torch.float64, device=first_B.device)
        self.log_prob_Bn = self.score_Bn.clone()
        self.end_Bn = torch.full_like(self.score_Bn, -1, dtype=torch.long)

    def take(self, candidates: Candidates, source_b: Tensor, length: int) -> Tensor:
        """Takes the candidates that end at `length` symbols; returns running_bK, which of the others run on.

        A candidate that the model excludes counts only where a source has nothing else, so that it has a hypothesis at all.
        """
        score_bK, rank_K = candidates.score_BK, torch.arange(self.width, device=source_b.device)
        ended_b1 = self.ended_B[source_b, None]
        needless_bK = (score_bK <= IMPOSSIBLE / 2) & ((rank_K > 0) | (ended_b1 > 0))
        chosen_bK = (rank_K < self.width - ended_b1) & ~needless_bK & (score_bK != -torch.inf)
        ended_bK = chosen_bK & self._ends(candidates.token_BK, source_b, length)
        if bool(ended_bK.any()):
            self.ended_B[source_b] += ended_bK.sum(1)
            self._keep_best(score_bK, ended_bK, source_b, length)
        return chosen_bK & ~ended_bK

    def done(self, score_bK: Tensor, running_bK: Tensor, source_b: Tensor) -> Tensor:
        """Which sources have nothing running that could still come among their n best."""
        most_b = score_bK.masked_fill(~running_bK, -torch.inf).amax(1)
        longest_b = self.limit_B[source_b] + (0 if self.eos is None else 1)
        return ~running_bK.any(1) | (self.score_Bn[source_b, -1] >= self.normed(most_b, longest_b))

    def _ends(self, token_bK: Tensor, source_b: Tensor, length: int) -> Tensor:
        return (self.limit_B[source_b, None] <= length) if self.eos is None else (token_bK == self.eos)

    def _keep_best(self, log_prob_bK: Tensor, ended_bK: Tensor, source_b: Tensor, length: int) -> None:
        """Among equals the one that was finished first stays first."""
        score_bK = self.normed(log_prob_bK, torch.full_like(source_b, length)[:, None]).masked_fill(~ended_bK, -torch.inf)
        end_bK = torch.arange((length - 1) * self.width, length * self.width, device=source_b.device).expand_as(ended_bK)
        score_bM = torch.cat([self.score_Bn[source_b], score_bK], 1)
        order_bn = score_bM.sort(dim=1, descending=True, stable=True).indices[:, : self.score_Bn.size(1)]
        self.score_Bn[source_b] = score_bM.gather(1, order_bn)
        for best_Bn, new_bK in ((self.log_prob_Bn, log_prob_bK), (self.end_Bn, end_bK.masked_fill(~ended_bK, -1))):
            best_Bn[source_b] = torch.cat([best_Bn[source_b], new_bK], 1).gather(1, order_bn)
