"""Generation, one token a step for N rows at once: what greedy search and sampling share.

    log p(y_t | y_<t), s_t = step(y_{t-1}, s_{t-1});    y_t = choose(log p)

A model enters as a `Step` alone, with its memory inside the state, so nothing here knows what an encoder, a cell or a
vocabulary is. What a step returns is read before the next one is taken, and neither kept nor written to: a step may hand out
the same memory each time. A strategy is a frozen object with the method `generate`; it is built from conf/decode/.

Rows that have ended leave the batch; whether they have is all that the host waits for at a step. This is not beam search: that
keeps several hypotheses a row and reorders the state between steps.
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from bench.cells.scan.padding import beside
from bench.cells.state import State
from bench.decoding.bounds import Bounds
from bench.decoding.candidates import Columns
from bench.decoding.hypothesis import Hypothesis
from bench.decoding.kinds import Decoded
from bench.decoding.select import select, staying
from bench.errors import ConfigError

Step = Callable[[Tensor, State], tuple[Tensor, State]]  # (token_N, state) -> (log_prob_NV, state), see `rows` for its axes
Choose = Callable[[Tensor, Columns], Tensor]  # (log_prob_NV, what may be chosen) -> token_N


class Strategy(Protocol):
    def generate(self, step: Step, state: State, first_N: Tensor, bounds: Bounds) -> list[list[Hypothesis]]:
        """For each row its best hypotheses, the best first: at least one. `state` is the one *before* `first_N` is read."""
        ...


@torch.no_grad()
def unroll(step: Step, state: State, first_N: Tensor, *, bounds: Bounds, choose: Choose) -> list[list[Hypothesis]]:
    """One hypothesis a row, scored by its log-probability."""
    if not len(first_N):
        return []
    drawn, limit_N, columns = _Drawn(first_N), bounds.limits(first_N), None
    row_n, token_n = torch.arange(len(first_N), device=first_N.device), first_N  # n: the rows that are still in the batch
    while True:
        log_prob_nV, state = step(token_n, state)
        columns = columns or Columns.without(bounds.forbidden, log_prob_nV)
        token_n = choose(log_prob_nV, columns)
        if bounds.eos is None:
            last_n = limit_N[row_n] <= drawn.steps + 1
        else:
            token_n = token_n.masked_fill(limit_N[row_n] <= drawn.steps, bounds.eos)
            last_n = token_n == bounds.eos
        done_n = drawn.add(row_n, token_n, log_prob_nV.gather(1, token_n[:, None]).squeeze(1), last_n).cpu()
        if bool(done_n.all()):
            return drawn.hypotheses(bounds.eos)
        if (kept_n := staying(done_n)) is not None:
            kept_n = beside(kept_n, row_n)
            row_n, token_n, state = row_n[kept_n], token_n[kept_n], select(state, kept_n, kept_n)


class _Drawn:
    """What all N rows have so far. A row that is done may still be in the batch: what it gets is dropped."""

    def __init__(self, first_N: Tensor) -> None:
        self.log_prob_N = torch.zeros_like(first_N, dtype=torch.float64)
        self.done_N = torch.zeros_like(first_N, dtype=torch.bool)
        self.token_LN: list[Tensor] = []  # -1: nothing

    @property
    def steps(self) -> int:
        return len(self.token_LN)

    def add(self, row_n: Tensor, token_n: Tensor, log_prob_n: Tensor, last_n: Tensor) -> Tensor:
        """Takes one token of each row in the batch; returns which of these rows are done."""
        done_n = self.done_N[row_n]
        self.token_LN.append(
            torch.full_like(self.done_N, -1, dtype=torch.long).scatter(0, row_n, token_n.masked_fill(done_n, -1))
        )
        self.log_prob_N[row_n] += log_prob_n.double().masked_fill(done_n, 0.0)
        self.done_N[row_n] = done_n | last_n
        return done_n | last_n

    def hypotheses(self, eos: int | None) -> list[list[Hypothesis]]:
        rows = zip(torch.stack(self.token_LN, 1).tolist(), self.log_prob_N.tolist(), strict=True)
        return [[Hypothesis.from_row(row, log_prob=score, score=score, ended=eos is not None)] for row, score in rows]


def check_writes(strategy: object, name: str) -> None:
    """Raises ConfigError for a strategy that writes nothing, symbol after symbol."""
    if getattr(strategy, "decodes", Decoded.TEXT) is not Decoded.TEXT:
        raise ConfigError(f"decode={name} is for tasks of one tag a word: give decode=greedy, beam or sample.")
