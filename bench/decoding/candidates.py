"""The best k continuations of W hypotheses over V tokens, exactly, at little more than the cost of reading them once.

Columns are cut into blocks. The k best of all lie in the k blocks with the largest maxima, since each of those blocks holds
at least one candidate that is not worse than anything outside them. So: one pass for the maxima, the k best of W x V / 64
of them, then the k best of k x 64. A plain top-k over W x V, or even an argmax over V, costs several times the pass.

Order among equals: the lower row first, then the lower token. A token to which the model gives probability 0 counts as
`IMPOSSIBLE`, which loses to everything else, so that -inf can mean: no candidate at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.scan.padding import beside

BLOCK = 64
IMPOSSIBLE = -(2.0**100)  # the same number in float32 and float64


@dataclass(frozen=True)
class Columns:
    """Which of `size` = V tokens may be chosen. Axes: P places, V rounded up to whole blocks; G blocks with banned places."""

    size: int
    banned_P: Tensor
    mixed_G: Tensor

    @classmethod
    def without(cls, banned: Sequence[int], log_prob_NV: Tensor) -> "Columns":
        """Raises ValueError for an id that is not there, and where nothing is left to choose."""
        size = log_prob_NV.size(1)
        if banned and (min(banned) < 0 or max(banned) >= size or len(set(banned)) == size):
            raise ValueError(f"forbidden={list(banned)} is refused: give ids from 0 to {size - 1} that leave one to choose.")
        banned_P = torch.zeros(-(-size // BLOCK) * BLOCK, dtype=torch.bool)
        banned_P[size:] = True
        banned_P[list(banned)] = True
        mixed_G = banned_P.view(-1, BLOCK).any(1).nonzero().squeeze(1)
        return cls(size, beside(banned_P, log_prob_NV), beside(mixed_G, log_prob_NV))

    def mask(self, log_prob_NV: Tensor) -> Tensor:
        """What may not be chosen as -inf; not normalised again."""
        return _masked(log_prob_NV, self.banned_P[: self.size])

    def blocks(self, block_X: Tensor) -> tuple[Tensor, Tensor]:
        """The places in the blocks `block_X`, and whether each is banned: two tensors [X, BLOCK]."""
        column_XC = block_X[:, None] * BLOCK + torch.arange(BLOCK, device=block_X.device)
        return column_XC, self.banned_P.view(-1, BLOCK).index_select(0, block_X)


@dataclass(frozen=True)
class Candidates:
    """The best first. `score_BK` is the log-probability of the whole, float64; `parent_BK` the row within its source."""

    score_BK: Tensor
    parent_BK: Tensor
    token_BK: Tensor


def best(log_prob_NV: Tensor, score_BW: Tensor, *, columns: Columns, k: int) -> Candidates:
    """The `k` best sums of a row's score and a token's log-probability, for each source; where there are fewer, -inf fills up.

    Scores are float64, so that adding them never makes two tokens equal that are not.
    """
    sources, width = score_BW.shape
    maxima_BWG = _block_maxima(log_prob_NV, columns).view(sources, width, -1)
    blocks = maxima_BWG.size(2)
    block_BK = first_best((maxima_BWG + score_BW[:, :, None]).flatten(1), min(k, width * blocks)).sort(1).values
    parent_BK = block_BK // blocks
    column_XC, banned_XC = columns.blocks((block_BK % blocks).flatten())  # X = B x K
    row_BK = parent_BK + torch.arange(0, sources * width, width, device=parent_BK.device)[:, None]
    flat_XC = column_XC.clamp(max=columns.size - 1) + row_BK.view(-1, 1) * columns.size
    value_XC = _masked(log_prob_NV.reshape(-1).index_select(0, flat_XC.flatten()).view_as(flat_XC), banned_XC)
    total_BM = (value_XC + score_BW.gather(1, parent_BK).view(-1, 1)).view(sources, -1)
    total_BM = F.pad(total_BM, (0, max(0, k - total_BM.size(1))), value=-torch.inf)
    chosen_BK = first_best(total_BM, k)
    index_BK = chosen_BK.clamp(max=column_XC.numel() // sources - 1)
    return Candidates(
        total_BM.gather(1, chosen_BK),
        parent_BK.gather(1, index_BK // BLOCK),
        column_XC.clamp(max=columns.size - 1).view(sources, -1).gather(1, index_BK),
    )


def _block_maxima(log_prob_NV: Tensor, columns: Columns) -> Tensor:
    rows, full_blocks = len(log_prob_NV), columns.size // BLOCK
    maxima_NG = log_prob_NV.new_empty(rows, len(columns.banned_P) // BLOCK)
    if full_blocks:
        torch.amax(log_prob_NV[:, : full_blocks * BLOCK].reshape(rows, full_blocks, BLOCK), 2, out=maxima_NG[:, :full_blocks])
        maxima_NG.clamp_(min=IMPOSSIBLE)
    if len(columns.mixed_G):
        column_GC, banned_GC = columns.blocks(columns.mixed_G)
        value_NM = log_prob_NV.index_select(1, column_GC.clamp(max=columns.size - 1).flatten())
        maxima_NG[:, columns.mixed_G] = _masked(value_NM.view(rows, *column_GC.shape), banned_GC).amax(2)
    return maxima_NG


def _masked(log_prob: Tensor, banned: Tensor) -> Tensor:
    """Probability 0 as IMPOSSIBLE, and what is banned as -inf."""
    return log_prob.clamp(min=IMPOSSIBLE).masked_fill_(banned, -torch.inf)


def first_best(value_BM: Tensor, k: int) -> Tensor:
    """The places of the `k` largest of each row, largest first, among equals the lower place first; -inf in any order."""
    if value_BM.device.type != "cpu":  # there a sort is fast, and to ask for equals is not
        return value_BM.sort(dim=1, descending=True, stable=True).indices[:, :k]
    top_BK, index_BK = value_BM.topk(k, 1)
    at_cut_BM, next_BK = value_BM == top_BK[:, -1:], top_BK[:, 1:] == top_BK[:, :-1]
    if int(at_cut_BM.count_nonzero()) > len(value_BM) or bool(next_BK.any()):
        tied_B = ((at_cut_BM.sum(1) > 1) & (top_BK[:, -1] > -torch.inf)) | (next_BK & (top_BK[:, 1:] > -torch.inf)).any(1)
        index_BK[tied_B] = value_BM[tied_B].sort(dim=1, descending=True, stable=True).indices[:, :k]
    return index_BK
