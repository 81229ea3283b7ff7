"""Greedy search: the most probable token at each step.

    y_t = argmax_y log p(y | y_<t)

It is not the most probable sequence: a first token that looks worse may lead to a better whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench.cells.cell import State
from bench.decoding.generation import Step, forbid, unroll


@dataclass(frozen=True)
class Greedy:
    def generate(
        self,
        step: Step,
        state: State,
        first_N: Tensor,
        *,
        length: int,
        eos: int | None,
        forbidden: Sequence[int],
        generator: torch.Generator | None,
    ) -> Tensor:
        """token_NL, see `Strategy.generate`; `generator` is not used, since nothing is drawn."""

        def choose(log_prob_NV: Tensor) -> Tensor:
            return forbid(log_prob_NV, forbidden).argmax(1)

        return unroll(step, state, first_N, choose=choose, length=length, eos=eos)
