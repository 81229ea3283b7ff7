"""Pooled variances against SciPy, statsmodels and sums written out."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from bench.stats.pooling import bartlett, compare, detectable, interval, spreads


def draws(n: int, mean: float, deviation: float = 1.0) -> list[float]:
    source = random.Random(f"{n} {mean} {deviation}")
    return [source.gauss(mean, deviation) for _ in range(n)]


ROWS = [[0.0, 1.1, 2.3], [5.0, 5.9, 7.4, 6.1, 6.0], [3.0, 4.4, 3.9, 2.8]]


def test_the_variance_is_that_of_an_analysis_of_variance() -> None:
    within = sum(np.sum((np.array(row) - np.mean(row)) ** 2) for row in ROWS)
    for spread, row in zip(spreads(ROWS), ROWS, strict=True):
        assert spread is not None and (spread.freedom, spread.pooled) == (9, True)
        assert spread.variance == pytest.approx(within / 9)
        half = stats.t.ppf(0.975, 9) * np.sqrt(within / 9 / len(row))
        assert interval(row, spread).high == pytest.approx(np.mean(row) + half)


def test_bartletts_test_is_scipys() -> None:
    by_row = [spreads([row])[0] for row in ROWS]
    assert bartlett([spread for spread in by_row if spread]) == pytest.approx(stats.bartlett(*ROWS).pvalue)


def test_two_rows_alone_are_students_test() -> None:
    shared = spreads(ROWS[:2])[0]
    tested, expected = compare(ROWS[0], ROWS[1], spread=shared), stats.ttest_ind(ROWS[0], ROWS[1])
    bounds = expected.confidence_interval()
    assert tested is not None and tested.p == pytest.approx(expected.pvalue)
    assert (tested.difference.low, tested.difference.high) == pytest.approx((bounds.low, bounds.high))


def test_rows_of_other_variances_keep_their_own() -> None:
    rows = [draws(4, 0.0), draws(4, 0.0, 100.0)]
    assert stats.bartlett(*rows).pvalue < 0.05
    for spread, row in zip(spreads(rows), rows, strict=True):
        assert spread is not None and not spread.pooled
        assert (spread.variance, spread.freedom) == (pytest.approx(np.var(row, ddof=1)), 3)


def test_what_does_not_vary_is_not_pooled_and_lends_no_certainty() -> None:
    always, first, second = spreads([[5.0, 5.0, 5.0], *ROWS[:2]])
    assert always is not None and always.variance == 0 and not always.pooled
    assert first == second == spreads(ROWS[:2])[0]


@pytest.mark.parametrize("seeds", [1, 2])
def test_fewer_than_three_seeds_have_no_interval_whatever_the_other_rows_know(seeds: int) -> None:
    short = draws(seeds, 2.0)
    spread = spreads([*ROWS, short])[-1]
    assert interval(short, spread).low is None
    assert compare(short, ROWS[0], spread=spread) is None


@pytest.mark.parametrize(("n", "tests"), [(3, 1), (5, 1), (20, 1), (3, 6), (5, 30)])
def test_the_smallest_difference_that_could_be_shown_is_statsmodels(n: int, tests: int) -> None:
    rows = [draws(n, 0.0), [value + 0.5 for value in draws(n, 0.0)]]
    shared = spreads(rows)[0]
    assert shared is not None and shared.pooled
    tested = compare(*rows, spread=shared)
    effect = TTestIndPower().solve_power(nobs1=n, alpha=0.05 / tests, power=0.8)
    assert tested is not None
    assert detectable(tested, tests=tests) / np.sqrt(shared.variance) == pytest.approx(effect, rel=1e-3)
