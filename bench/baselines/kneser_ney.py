"""Interpolated Kneser-Ney smoothing with three discounts (Chen and Goodman 1998, "An empirical study of smoothing techniques
for language modeling", Harvard TR-10-98), counted from one text.

    p(w | h) = (c(h w) - D(c(h w))) / c(h)  +  b(h) p(w | h')         h' is h without its oldest word; below it all: 1 / V
    b(h)     = sum_w D(c(h w)) / c(h)                                 c(h) = sum_w c(h w)

For the highest order c(h w) is how often h w occurs; for a lower one it is after how many different words h w occurs (Kneser
and Ney 1995). D(1), D(2) and D(3 or more) of each order come from n_i, the number of its n-grams with c = i:

    Y = n1 / (n1 + 2 n2)     D1 = 1 - 2 Y n2 / n1     D2 = 2 - 3 Y n3 / n2     D3 = 3 - 4 Y n4 / n3

An order where one of the four is 0, or a D comes out below 0, has D = 1/2, 1, 3/2. A history that was never seen leaves all to
the next shorter one, and every one of V words has a share of 1 / V. The text is one stream: a history reaches over line ends.

All n-grams are one tree in one sorted list. Node 0 is the empty n-gram, node i + 1 is entry i, and the key of an entry is the
node of its history times V plus its last word: so the words after a history lie side by side, and each length lies after the
one before.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

FALLBACK = (0.0, 0.5, 1.0, 1.5)


@dataclass(frozen=True)
class Tables:
    """`key_E`, sorted; `share_E`, the first term above for each n-gram; `backoff_C`, b for each node that can be a history."""

    key_E: Tensor
    share_E: Tensor
    backoff_C: Tensor


def estimate(ids_T: Tensor, *, vocabulary_size: int, order: int) -> Tables:
    """The tables of a text, int64 [T] of at least `order` words below V. The order is the number of words in an n-gram."""
    levels = _levels(ids_T, vocabulary_size, order)
    shares, backoffs = [], []
    for level, parents in zip(levels, (1, *(len(level.key_E) for level in levels)), strict=False):
        share_E, backoff_C = _smoothed(level.parent_E, level.count_E, parents)
        shares.append(share_E)
        backoffs.append(backoff_C)
    return Tables(torch.cat([level.key_E for level in levels]), torch.cat(shares), torch.cat(backoffs))


@dataclass
class _Level:
    """The n-grams of one length: their keys, the place of each one's history among those one shorter, and c."""

    key_E: Tensor
    parent_E: Tensor
    count_E: Tensor


def _levels(ids_T: Tensor, vocabulary_size: int, order: int) -> list[_Level]:
    """One for each length from 1, of which all V words are."""
    every_V = torch.arange(vocabulary_size)
    levels = [_Level(every_V, torch.zeros_like(every_V), ids_T.bincount(minlength=vocabulary_size))]
    index_P, above = ids_T, 1  # of the n-gram that begins at each position, in its level; how many nodes come before that level
    for length in range(2, order + 1):
        key_P = (index_P[:-1] + above) * vocabulary_size + ids_T[length - 1 :]
        key_E, inverse_P, count_E = torch.unique(key_P, return_inverse=True, return_counts=True)
        without_oldest_E = torch.empty_like(key_E).scatter_(0, inverse_P, index_P[1:])
        levels[-1].count_E = without_oldest_E.bincount(minlength=len(levels[-1].key_E))
        levels.append(_Level(key_E, key_E // vocabulary_size - above, count_E))
        index_P, above = inverse_P, above + len(levels[-2].key_E)
    return levels


def _smoothed(parent_E: Tensor, count_E: Tensor, parents: int) -> tuple[Tensor, Tensor]:
    """(share_E, backoff of each history); a history that nothing follows, as the last words of the text, hands all on."""
    removed_E = discounts(count_E)[count_E.clamp(max=3)]
    total_C = parent_E.bincount(count_E.double(), minlength=parents)
    handed_C = parent_E.bincount(removed_E, minlength=parents)
    share_E = torch.where(count_E > 0, (count_E - removed_E) / total_C[parent_E], 0.0)
    return share_E, torch.where(total_C > 0, handed_C / total_C, 1.0)


def discounts(count_E: Tensor) -> Tensor:
    """D of the counts 0, 1, 2, and 3 or more, float64 [4]."""
    n1, n2, n3, n4 = count_E.bincount(minlength=5)[1:5].tolist()
    if 0 in (n1, n2, n3, n4):
        return torch.tensor(FALLBACK, dtype=torch.float64)
    y = n1 / (n1 + 2 * n2)
    by_count = (0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    return torch.tensor(by_count if min(by_count) >= 0 else FALLBACK, dtype=torch.float64)
