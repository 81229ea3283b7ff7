"""The trace of a beam: which token each candidate took, and which candidate it came from.

Kept as tensors, a few a step, and read backwards once at the end, so that a step costs no work a hypothesis.
"""

import torch
from torch import Tensor


class Trace:
    """Axes: L steps, B sources, K candidates a step; a candidate's place in the trace is step x K + rank."""

    def __init__(self, sources: int, width: int) -> None:
        self.sources, self.width = sources, width
        self.steps: list[tuple[Tensor, Tensor, Tensor]] = []

    def add(self, source_b: Tensor, token_bK: Tensor, back_bK: Tensor) -> None:
        """One step of the sources `source_b`; `back_bK` is the rank that each candidate's parent had a step before."""
        self.steps.append((source_b, token_bK, back_bK))

    def read(self, end_Bn: Tensor) -> Tensor:
        """token_BnL of the hypotheses that end at the places `end_Bn`, -1 after their end; all -1 for the place -1."""
        token_LBK, back_LBK = self._tables()
        last_Bn, rank_Bn = end_Bn.div(self.width, rounding_mode="floor"), end_Bn % self.width
        tokens = []
        for step in reversed(range(len(self.steps))):
            inside_Bn = last_Bn >= step
            tokens.append(token_LBK[step].gather(1, rank_Bn).masked_fill(~inside_Bn, -1))
            rank_Bn = torch.where(inside_Bn, back_LBK[step].gather(1, rank_Bn), rank_Bn)
        return torch.stack(tokens[::-1], 2)

    def _tables(self) -> tuple[Tensor, Tensor]:
        like = self.steps[0][1]
        token_LBK = like.new_zeros(len(self.steps), self.sources, self.width)
        back_LBK = torch.zeros_like(token_LBK)
        for step, (source_b, token_bK, back_bK) in enumerate(self.steps):
            token_LBK[step, source_b] = token_bK
            back_LBK[step, source_b] = back_bK
        return token_LBK, back_LBK
