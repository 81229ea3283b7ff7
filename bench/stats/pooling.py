"""The spread of seeds, pooled over the rows of a table: intervals of means, and tests of two of them without pairs.

    s² = sum_r (n_r - 1) s_r² / f,   f = sum_r (n_r - 1)        row r: m_r ± t_{0.975, f} s / sqrt(n_r)
    two rows: t = (m_1 - m_2) / (s sqrt(1 / n_1 + 1 / n_2)) with f degrees of freedom

Rows are pooled where Bartlett's test (1937) does not tell their variances apart at 5 %. Where it does, and for a row whose
seeds do not vary at all, each row has its own variance, and two rows are compared by Welch's t. Seeds are taken as normal and
independent. Three seeds are the least of which an interval is given: of two, t is 12.7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from bench.stats.intervals import CONFIDENCE, LEAST_SEEDS, Interval, t_quantile
from bench.stats.significance import LEVEL, Tested, p_of_t, welch_t

POOLED = "t with pooled variance"
POWER = 0.8


@dataclass(frozen=True)
class Spread:
    """The variance of one seed, the degrees of freedom behind it, and whether other rows have the same."""

    variance: float
    freedom: int
    pooled: bool


def spreads(samples: Sequence[Sequence[float]]) -> list[Spread | None]:
    """What each row's interval is made of, in the order of the rows; None where a row has one seed and nothing to pool with."""
    by_row = [Spread(variance(sample), len(sample) - 1, pooled=False) if len(sample) > 1 else None for sample in samples]
    varying = [spread for spread in by_row if spread is not None and spread.variance > 0]
    if len(varying) < 2 or bartlett(varying) < LEVEL:
        return by_row
    freedom = sum(spread.freedom for spread in varying)
    shared = Spread(sum(spread.freedom * spread.variance for spread in varying) / freedom, freedom, pooled=True)
    return [shared if spread is None or spread.variance > 0 else spread for spread in by_row]


def bartlett(groups: Sequence[Spread]) -> float:
    """p of equal variances; at least two groups, each with a variance above zero."""
    from scipy.special import chdtrc

    freedom, number = sum(group.freedom for group in groups), len(groups)
    mean = sum(group.freedom * group.variance for group in groups) / freedom
    statistic = freedom * math.log(mean) - sum(group.freedom * math.log(group.variance) for group in groups)
    correction = 1 + (sum(1 / group.freedom for group in groups) - 1 / freedom) / (3 * (number - 1))
    return float(chdtrc(number - 1, max(statistic / correction, 0.0)))


def interval(values: Sequence[float], spread: Spread | None) -> Interval:
    """The mean with its 95 % t-interval; fewer than `LEAST_SEEDS` values have none."""
    mean, n = fmean(values), len(values)
    if n < LEAST_SEEDS or spread is None:
        return Interval(mean, None, None, n)
    half = t_quantile((1 + CONFIDENCE) / 2, spread.freedom) * math.sqrt(spread.variance / n)
    return Interval(mean, mean - half, mean + half, n)


def compare(ours: Sequence[float], theirs: Sequence[float], *, spread: Spread | None) -> Tested | None:
    """Ours minus theirs, unpaired, by the `spread` that both share, else by Welch; None below `LEAST_SEEDS` a side."""
    if min(len(ours), len(theirs)) < LEAST_SEEDS:
        return None
    if spread is None or not spread.pooled:
        return welch_t(ours, theirs)
    error = math.sqrt(spread.variance * (1 / len(ours) + 1 / len(theirs)))
    centre, half = fmean(ours) - fmean(theirs), t_quantile((1 + CONFIDENCE) / 2, spread.freedom) * error
    difference = Interval(centre, centre - half, centre + half, len(ours) + len(theirs))
    return Tested(difference, p_of_t(centre, error, spread.freedom), POOLED, error, spread.freedom)


def detectable(tested: Tested, *, tests: int = 1) -> float:
    """The smallest true difference that such seeds show with p < 5 % in four of five repetitions (power 80 %).

    `tests`: how many findings the correction is over; the level is that of Holm's strictest step, 5 % / `tests`. By the
    noncentral t distribution; 0 where no seed varies.
    """
    from scipy.special import nctdtrinc

    if not tested.error:
        return 0.0
    critical = t_quantile(1 - LEVEL / tests / 2, tested.freedom)
    return float(nctdtrinc(tested.freedom, 1 - POWER, critical)) * tested.error
