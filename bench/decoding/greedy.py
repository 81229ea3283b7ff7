"""Greedy search: the most probable token at each step.

    y_t = argmax_y log p(y | y_<t)

It is not the most probable sequence: a first token that looks worse may lead to a better whole.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from bench.cells.state import State
from bench.decoding.bounds import Bounds
from bench.decoding.candidates import Columns, best
from bench.decoding.generation import Step, unroll
from bench.decoding.hypothesis import Hypothesis
from bench.decoding.kinds import Decoded


@dataclass(frozen=True)
class Greedy:
    version = 1
    decodes = Decoded.TEXT

    def generate(self, step: Step, state: State, first_N: Tensor, bounds: Bounds) -> list[list[Hypothesis]]:
        """See `Strategy.generate`; nothing is drawn, so the bounds' generator is not used."""
        return unroll(step, state, first_N, bounds=bounds, choose=likeliest)


def likeliest(log_prob_NV: Tensor, columns: Columns) -> Tensor:
    """token_N; among equals the lowest id. On a processor faster than argmax by an order of magnitude."""
    score_N1 = torch.zeros(len(log_prob_NV), 1, dtype=torch.float64, device=log_prob_NV.device)
    return best(log_prob_NV, score_N1, columns=columns, k=1).token_BK[:, 0]
