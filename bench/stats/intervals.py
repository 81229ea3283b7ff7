"""Intervals: of a mean over seeds, of a median over speed samples, of a ratio of two interleaved speeds.

Mean: m ± t_{0.975, n-1} s / sqrt(n), Student's interval, s with n - 1, of at least three seeds; it takes them as normal and
independent (pooled over the rows of a table: `bench.stats.pooling`).
Median: the order-statistic interval [x_(k), x_(n+1-k)] with the largest k whose coverage 1 - 2 P(Bin(n, 1/2) < k) is
at least 95 %; it needs no distribution. Below six samples no k reaches 95 %: then it is the range. Ratio: samples of
equal index were taken next to each other, so the machine's drift cancels in each of their ratios; the interval is that
of the median of these ratios.

These are not tests: see `bench.stats.significance`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

CONFIDENCE = 0.95
LEAST_SEEDS = 3
"""Fewer give no interval over seeds: of two, Student's is 12.7 standard errors wide, which says nothing."""


@dataclass(frozen=True)
class Interval:
    """`low` and `high` are None where one number alone gives no interval."""

    centre: float
    low: float | None
    high: float | None
    n: int

    @property
    def half_width(self) -> float | None:
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


def t_interval(values: Sequence[float]) -> Interval:
    """The mean with Student's 95 % interval; fewer than `LEAST_SEEDS` values have none."""
    mean, n = fmean(values), len(values)
    if n < LEAST_SEEDS:
        return Interval(mean, None, None, n)
    half = t_quantile((1 + CONFIDENCE) / 2, n - 1) * stdev(values) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


def t_intervals(samples: Sequence[Sequence[float]]) -> list[Interval]:
    """`t_interval` of each column: `samples` are equally long, one a seed. For curves, of many points."""
    import numpy as np

    values, n = np.asarray(samples, dtype=float), len(samples)
    means = values.mean(axis=0)
    if n < LEAST_SEEDS:
        return [Interval(mean, None, None, n) for mean in means.tolist()]
    half = t_quantile((1 + CONFIDENCE) / 2, n - 1) * values.std(axis=0, ddof=1) / math.sqrt(n)
    bounds = zip(means.tolist(), (means - half).tolist(), (means + half).tolist(), strict=True)
    return [Interval(mean, low, high, n) for mean, low, high in bounds]


def t_quantile(probability: float, freedom: float) -> float:
    from scipy.special import stdtrit  # a tenth of the import time of scipy.stats, and the same function

    return float(stdtrit(freedom, probability))


def median_interval(samples: Sequence[float]) -> Interval:
    """The median with its order-statistic interval; below six samples, their range; one sample has none."""
    ordered, n = sorted(samples), len(samples)
    if n == 1:
        return Interval(ordered[0], None, None, 1)
    k = order_statistic(n)
    return Interval(median(ordered), ordered[k - 1], ordered[n - k], n)


def order_statistic(n: int) -> int:
    """The largest k >= 1 for which [x_(k), x_(n+1-k)] covers the median with at least 95 %; 1 where none does."""
    below, k = 0.0, 0  # below = P(Bin(n, 1/2) < k)
    while 2 * (below := below + math.comb(n, k) / 2**n) <= 1 - CONFIDENCE:
        k += 1
    return max(k, 1)


def paired_ratio(samples: Sequence[float], baseline: Sequence[float]) -> Interval:
    """The median of samples[i] / baseline[i] with its interval, over the indices that both have."""
    return median_interval([sample / base for sample, base in zip(samples, baseline, strict=False)])


def clear(interval: Interval, other: Interval) -> bool:
    """Whether both have bounds and do not overlap."""
    if interval.low is None or interval.high is None or other.low is None or other.high is None:
        return False
    return interval.high < other.low or other.high < interval.low


def best(intervals: Sequence[Interval | None], better: str) -> int | None:
    """The index whose interval overlaps no other one; None where a row lacks an interval, or there is one row alone."""
    sign = {"lower": 1, "higher": -1, "": 0}[better]
    ranked = sorted((sign * value.centre, index) for index, value in enumerate(intervals) if value is not None)
    if not sign or len(ranked) < 2:
        return None
    first, *others = [intervals[index] for _, index in ranked]
    assert first is not None
    return ranked[0][1] if all(other is not None and clear(first, other) for other in others) else None
