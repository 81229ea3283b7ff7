"""Generation, one token a step for N rows at once: what greedy search and sampling share.

    log p(y_t | y_<t), s_t = step(y_{t-1}, s_{t-1});    y_t = choose(log p)

A model enters as a `Step` alone, with its memory inside the state, so nothing here knows what an encoder, a cell or a
vocabulary is. A strategy is a frozen object with the method `generate`; it is built from conf/decode/.

This is not beam search: that keeps several hypotheses a row and reorders the state between steps.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from bench.cells.cell import State
from bench.cells.ranges import at_least_one

Step = Callable[[Tensor, State], tuple[Tensor, State]]  # (token_N, state) -> (log_prob_NV, state)


class Strategy(Protocol):
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
        """token_NL, without `first_N`: L = `length`, or fewer when every row has met `eos` before.

        `state` is the one *before* `first_N` is read. `eos` None: never stop. After its `eos` a row holds `eos`. The
        ids in `forbidden` are never chosen. `generator` None: torch's global one; else on the model's device.
        """
        ...


@torch.no_grad()
def unroll(
    step: Step, state: State, first_N: Tensor, *, choose: Callable[[Tensor], Tensor], length: int, eos: int | None
) -> Tensor:
    """token_NL, as `Strategy.generate` says; `choose` maps log_prob_NV to token_N."""
    at_least_one("length", length)
    token_N, done_N = first_N, torch.zeros_like(first_N, dtype=torch.bool)
    tokens = []
    for _ in range(length):
        log_prob_NV, state = step(token_N, state)
        token_N = choose(log_prob_NV)
        if eos is not None:
            token_N = token_N.masked_fill(done_N, eos)
            done_N = token_N == eos
        tokens.append(token_N)
        if eos is not None and bool(done_N.all()):
            break
    return torch.stack(tokens, 1)


def forbid(log_prob_NV: Tensor, forbidden: Sequence[int]) -> Tensor:
    """`log_prob_NV` with -inf at the ids in `forbidden`, not normalised again."""
    if not forbidden:
        return log_prob_NV
    size = log_prob_NV.size(1)
    if min(forbidden) < 0 or max(forbidden) >= size or len(set(forbidden)) == size:
        raise ValueError(f"forbidden={list(forbidden)} is refused: give ids from 0 to {size - 1} that leave one to choose.")
    banned = torch.tensor(list(forbidden), device=log_prob_NV.device)
    return log_prob_NV.index_fill(1, banned, -torch.inf)
