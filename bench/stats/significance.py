"""Tests over seeds, and the correction for asking several questions of one table.

Exact randomisation (Fisher 1935) of paired seeds: were two rows the same, each difference d_i could as well have had the
other sign; p is the share of the 2^n sign patterns whose sum lies as far from zero as the observed one. It assumes nothing of
the distribution, and n pairs give no p below 2 / 2^n. Student's paired t and Welch's t (1947, without pairs) assume normally
distributed seeds; they can tell rows apart with fewer seeds, and say no more than their interval does. Pairs are for what was
made of one training: another training with the same seed has nothing in common with it.

Holm (1979): of m p-values in ascending order the k-th is multiplied by m - k + 1, and none falls below the one before it.
All p-values are two-sided.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev, variance

from bench.stats.intervals import CONFIDENCE, LEAST_SEEDS, Interval, t_quantile

LEVEL = 0.05
PAIRED, WELCH = "paired t", "Welch's t"
EXACT_PAIRS = 16
"""More pairs than these are tested by `PATTERNS` random sign patterns instead of all."""
PATTERNS = 20_000
ROUNDING = 1e-9
"""Sums that differ by less, in shares of the largest possible one, count as equal."""


@dataclass(frozen=True)
class Tested:
    """A difference with its interval and p-value; `name` is of the test, `error` and `freedom` those of its t."""

    difference: Interval
    p: float
    name: str
    error: float
    freedom: float


def randomisation(differences: Sequence[float]) -> float:
    """p of the exact randomisation test; above `EXACT_PAIRS` pairs that of random patterns, always the same ones."""
    n, bound = len(differences), math.fsum(map(abs, differences))
    observed = abs(math.fsum(differences)) - ROUNDING * bound
    if n <= EXACT_PAIRS:
        sums = [0.0]
        for difference in differences:
            sums = [part for total in sums for part in (total + difference, total - difference)]
        return sum(abs(total) >= observed for total in sums) / len(sums)
    coin = random.Random(0)
    far = sum(
        abs(sum(d if bits >> i & 1 else -d for i, d in enumerate(differences))) >= observed
        for bits in (coin.getrandbits(n) for _ in range(PATTERNS))
    )
    return (far + 1) / (PATTERNS + 1)


def smallest(pairs: int) -> float:
    """The smallest p that `randomisation` can give for so many pairs."""
    return 2 / 2**pairs if pairs <= EXACT_PAIRS else 1 / (PATTERNS + 1)


def paired_t(differences: Sequence[float]) -> Tested:
    """Student's test of a mean difference of zero, with the t-interval; at least two differences."""
    centre, n = fmean(differences), len(differences)
    error, freedom = stdev(differences) / math.sqrt(n), n - 1
    half = t_quantile((1 + CONFIDENCE) / 2, freedom) * error
    return Tested(Interval(centre, centre - half, centre + half, n), p_of_t(centre, error, freedom), PAIRED, error, freedom)


def welch_t(ours: Sequence[float], theirs: Sequence[float]) -> Tested:
    """Welch's test of equal means, ours minus theirs, with its interval; at least two numbers a side."""
    parts = [variance(side) / len(side) for side in (ours, theirs)]
    error, centre, n = math.sqrt(sum(parts)), fmean(ours) - fmean(theirs), len(ours) + len(theirs)
    if not error:
        return Tested(Interval(centre, centre, centre, n), 0.0 if centre else 1.0, WELCH, 0.0, n - 2)
    freedom = sum(parts) ** 2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, (ours, theirs), strict=True))
    half = t_quantile((1 + CONFIDENCE) / 2, freedom) * error
    return Tested(Interval(centre, centre - half, centre + half, n), p_of_t(centre, error, freedom), WELCH, error, freedom)


def between(ours: Mapping[int, float], theirs: Mapping[int, float], *, pair: bool) -> Tested | None:
    """Ours minus theirs, both by seed; None where a side has fewer than `LEAST_SEEDS`.

    `pair`: whether equal seeds are the same run done twice, which goes by pairs where enough are common; else Welch's.
    """
    common = [seed for seed in ours if seed in theirs] if pair else []
    if len(common) >= LEAST_SEEDS:
        return paired_t([ours[seed] - theirs[seed] for seed in common])
    if min(len(ours), len(theirs)) >= LEAST_SEEDS:
        return welch_t(list(ours.values()), list(theirs.values()))
    return None


def holm(p_values: Sequence[float]) -> list[float]:
    """The corrected p-values, in the order of the given ones."""
    corrected, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def reachable(pairs: Sequence[int]) -> float:
    """The smallest corrected p that a family of randomisation tests over so many pairs each can give."""
    return min(holm([smallest(count) for count in pairs]))


def p_of_t(centre: float, error: float, freedom: float) -> float:
    """Two-sided p of a t of centre / error; where nothing varies, 0 for any difference and 1 for none."""
    from scipy.special import stdtr

    if not error:
        return 0.0 if centre else 1.0
    return float(2 * stdtr(freedom, -abs(centre) / error))
