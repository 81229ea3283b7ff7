"""Beam search: the best hypotheses that W running ones a source can find.

    score(y) = log P(y) / norm(L)      log P(y) = sum_t log p(y_t | y_<t), END included, L symbols with END (`norms`)

A step extends each running hypothesis by every token and keeps the k most probable of all these, per source, where k is W
less the number of its finished hypotheses: one that takes END keeps its slot and runs no further (Sutskever et al. 2014,
arXiv:1409.3215, section 3.2). So W = 1 is greedy search, and a W that holds every hypothesis is exhaustive search.

A source is done when all its slots are finished, or when nothing that runs can still overtake its `n_best`-th finished
hypothesis: log P only falls, and norm is largest at the longest length allowed. Stopping so never changes a result. It
needs log-probabilities that are not above 0.

The sources of a batch do not know of each other. What is done leaves the batch, and the width shrinks to what still runs.
There is no coverage, no diversity, and no pruning by a threshold.
"""

from dataclasses import dataclass
from itertools import count

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.ranges import at_least_one, one_of
from bench.cells.scan.padding import beside
from bench.cells.state import State
from bench.decoding.bounds import Bounds
from bench.decoding.candidates import IMPOSSIBLE, Candidates, Columns, best
from bench.decoding.finished import Finished
from bench.decoding.generation import Step
from bench.decoding.hypothesis import Hypothesis
from bench.decoding.kinds import Decoded
from bench.decoding.norms import NORMS
from bench.decoding.select import select, staying, unless_identity
from bench.decoding.trace import Trace
from bench.errors import Refusal


@dataclass(frozen=True)
class Beam:
    """`length_penalty` is alpha of the norm `norm`; `min_length` counts tokens without END, and gives way to a row's longest
    length. Fewer than `n_best` come back where the beam met fewer that the model gives a probability above 0."""

    version = 1
    decodes = Decoded.TEXT
    width: int
    length_penalty: float
    norm: str
    n_best: int
    min_length: int

    def __post_init__(self) -> None:
        at_least_one("decode.width", self.width)
        at_least_one("decode.n_best", self.n_best)
        one_of("decode.norm", self.norm, tuple(NORMS))
        if not 0.0 <= self.length_penalty < float("inf"):
            raise Refusal(f"decode.length_penalty={self.length_penalty!r} is refused: give a finite number of at least 0.")
        if self.n_best > self.width:
            raise Refusal(f"decode.n_best={self.n_best} is refused with decode.width={self.width}: give at most the width.")
        if self.min_length < 0:
            raise Refusal(f"decode.min_length={self.min_length} is refused: give an integer of at least 0.")

    def generate(self, step: Step, state: State, first_N: Tensor, bounds: Bounds) -> list[list[Hypothesis]]:
        """See `Strategy.generate`; nothing is drawn, so the bounds' generator is not used."""
        return beam(step, state, first_N, bounds=bounds, search=self)

    def normed(self, log_prob: Tensor, length: Tensor) -> Tensor:
        return log_prob / NORMS[self.norm](length, self.length_penalty)


@torch.no_grad()
def beam(step: Step, state: State, first_B: Tensor, *, bounds: Bounds, search: Beam) -> list[list[Hypothesis]]:
    """For each source its `search.n_best` best hypotheses, the best first."""
    if not len(first_B):
        return []
    running, trace = _Running.start(state, first_B), Trace(len(first_B), search.width)
    finished = Finished(first_B, bounds, width=search.width, n_best=search.n_best, normed=search.normed)
    columns = None
    for length in count(1):  # L of what ends at this step
        log_prob_NV, state = step(running.token_bW.flatten(), running.state)
        if columns is None or length == search.min_length + 1:
            columns = _columns(log_prob_NV, bounds, search, too_short=length <= search.min_length)
        full_b = finished.limit_B[running.source_b] < length
        candidates = _extend(log_prob_NV, running.score_bW, columns, full_b=full_b, search=search, eos=bounds.eos)
        trace.add(running.source_b, candidates.token_BK, running.rank_bW.gather(1, candidates.parent_BK))
        on_bK = finished.take(candidates, running.source_b, length)
        on_bK = on_bK & ~finished.done(candidates.score_BK, on_bK, running.source_b)[:, None]
        left_b = on_bK.sum(1).cpu()  # all that the host waits for at a step
        if not bool(left_b.any()):
            break
        running = running.follow(state, candidates, on_bK, left_b)
    return _hypotheses(trace, finished)


def _columns(log_prob_NV: Tensor, bounds: Bounds, search: Beam, *, too_short: bool) -> Columns:
    """What may be chosen: while hypotheses are shorter than the least length, END may not."""
    ends = [bounds.eos] if too_short and bounds.eos is not None else []
    return Columns.without([*bounds.forbidden, *ends], log_prob_NV)


@dataclass(frozen=True)
class _Running:
    """The hypotheses that run. Axes: b sources in the batch, W slots each. An empty slot has the score -inf, and lies after
    the others; `rank_bW` is the place of each among the last step's candidates."""

    state: State
    source_b: Tensor
    token_bW: Tensor
    score_bW: Tensor
    rank_bW: Tensor

    @classmethod
    def start(cls, state: State, first_B: Tensor) -> "_Running":
        """One a source: the empty one."""
        rank_B1 = torch.zeros_like(first_B)[:, None]
        return cls(state, torch.arange(len(first_B), device=first_B.device), first_B[:, None], rank_B1.double(), rank_B1)

    def follow(self, state: State, candidates: Candidates, on_bK: Tensor, left_b: Tensor) -> "_Running":
        """The candidates that run on, `left_b` of each source (on the host), with their parents' states; sources that are done
        leave when it pays."""
        sources, width = self.token_bW.shape
        kept_b = staying(left_b == 0)
        place_b = torch.arange(sources, device=on_bK.device) if kept_b is None else beside(kept_b, on_bK)
        kept_b = None if kept_b is None else place_b
        on_bK = on_bK[place_b]
        rank_bW = on_bK.byte().sort(dim=1, descending=True, stable=True).indices[:, : int(left_b.max())]
        row_bW = candidates.parent_BK[place_b].gather(1, rank_bW) + place_b[:, None] * width
        score_bW = candidates.score_BK[place_b].gather(1, rank_bW).masked_fill(~on_bK.gather(1, rank_bW), -torch.inf)
        return _Running(
            select(state, unless_identity(row_bW.flatten(), sources * width), kept_b),
            self.source_b[place_b],
            candidates.token_BK[place_b].gather(1, rank_bW),
            score_bW,
            rank_bW,
        )


def _extend(
    log_prob_NV: Tensor, score_bW: Tensor, columns: Columns, *, full_b: Tensor, search: Beam, eos: int | None
) -> Candidates:
    """The candidates of a step, K = width of each source; a source that is full has END alone."""
    on_host = full_b.device.type == "cpu"  # elsewhere to ask takes longer than to compute both
    if eos is None or (on_host and not bool(full_b.any())):
        return best(log_prob_NV, score_bW, columns=columns, k=search.width)
    forced = _end_all(log_prob_NV[:, eos], score_bW, eos=eos, k=search.width)
    if on_host and bool(full_b.all()):
        return forced
    free = best(log_prob_NV, score_bW, columns=columns, k=search.width)
    return Candidates(
        torch.where(full_b[:, None], forced.score_BK, free.score_BK),
        torch.where(full_b[:, None], forced.parent_BK, free.parent_BK),
        torch.where(full_b[:, None], forced.token_BK, free.token_BK),
    )


def _end_all(log_prob_N: Tensor, score_bW: Tensor, *, eos: int, k: int) -> Candidates:
    width = score_bW.size(1)
    score_bK = F.pad(score_bW + log_prob_N.view_as(score_bW).clamp(min=IMPOSSIBLE), (0, k - width), value=-torch.inf)
    parent_K = torch.arange(k, device=score_bW.device).clamp(max=width - 1)
    return Candidates(score_bK, parent_K.expand_as(score_bK), torch.full_like(score_bK, eos, dtype=torch.long))


def _hypotheses(trace: Trace, finished: Finished) -> list[list[Hypothesis]]:
    impossible_Bn = finished.log_prob_Bn <= IMPOSSIBLE / 2
    columns = (
        trace.read(finished.end_Bn).tolist(),
        finished.log_prob_Bn.masked_fill(impossible_Bn, -torch.inf).tolist(),
        finished.score_Bn.masked_fill(impossible_Bn, -torch.inf).tolist(),
    )
    return [
        [
            Hypothesis.from_row(symbols, log_prob=log_prob, score=score, ended=finished.eos is not None)
            for symbols, log_prob, score in zip(*source, strict=True)
            if symbols[0] >= 0
        ]
        for source in zip(*columns, strict=True)
    ]
