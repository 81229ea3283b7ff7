"""Intervals against numbers worked out by hand or taken from tables of the t and binomial distributions."""

from __future__ import annotations

import math
from itertools import product

import pytest

from bench.stats.intervals import Interval, best, clear, median_interval, order_statistic, paired_ratio, t_interval, t_intervals


def test_t_interval_of_three_seeds_by_hand() -> None:
    # mean 2, s = 1 (n - 1), t_{0.975, 2} = 4.30265: half width 4.30265 / sqrt(3) = 2.48414
    interval = t_interval([1.0, 2.0, 3.0])
    assert interval.centre == 2.0 and interval.n == 3
    assert interval.half_width == pytest.approx(2.48414, abs=1e-5)


@pytest.mark.parametrize(("n", "t"), [(3, 4.30265), (5, 2.77645), (10, 2.26216)])
def test_t_interval_takes_n_minus_one_degrees_of_freedom(n: int, t: float) -> None:
    values = [float(index) for index in range(n)]
    mean = sum(values) / n
    s = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))
    assert t_interval(values).high == pytest.approx(mean + t * s / math.sqrt(n), rel=1e-5)


def test_columns_have_the_intervals_that_they_have_alone() -> None:
    for seeds in ([[1.0, 4.0], [2.0, 4.5], [3.0, 7.0]], [[1.0, 4.0], [2.0, 4.5]], [[1.0, 4.0]]):
        for column, values in zip(t_intervals(seeds), zip(*seeds, strict=True), strict=True):
            alone = t_interval(values)
            assert (column.centre, column.n) == (pytest.approx(alone.centre), alone.n)
            assert column.half_width == (None if alone.half_width is None else pytest.approx(alone.half_width))


def test_one_seed_has_no_interval_and_two_have_none() -> None:
    assert t_interval([1.5]) == Interval(1.5, None, None, 1)
    assert t_interval([154.7, 154.75]) == Interval(154.725, None, None, 2)


@pytest.mark.parametrize(("n", "k"), [(5, 1), (6, 1), (8, 1), (9, 2), (11, 2), (12, 3), (15, 4), (20, 6)])
def test_order_statistics_of_the_published_table(n: int, k: int) -> None:
    assert order_statistic(n) == k  # the sign-test table at 95 %


@pytest.mark.parametrize("n", [6, 9, 13])
def test_order_statistic_covers_the_median_by_enumeration(n: int) -> None:
    def coverage(k: int) -> float:
        inside = sum(k <= sum(signs) <= n - k for signs in product((0, 1), repeat=n))
        return inside / 2**n

    assert coverage(order_statistic(n)) >= 0.95 > coverage(order_statistic(n) + 1)


def test_median_interval_leaves_out_the_extremes_when_it_can() -> None:
    interval = median_interval([9.0, 1.0, 2.0, 8.0, 3.0, 7.0, 4.0, 6.0, 1000.0])
    assert (interval.low, interval.centre, interval.high) == (2.0, 6.0, 9.0)


def test_ratio_is_taken_index_by_index() -> None:
    baseline = [100.0, 50.0, 200.0]  # a machine that drifts by a factor of four
    ratio = paired_ratio([110.0, 55.0, 220.0], baseline)
    assert (ratio.low, ratio.centre, ratio.high) == pytest.approx((1.1, 1.1, 1.1))


def interval(centre: float, half: float | None, n: int = 3) -> Interval:
    return Interval(centre, None, None, 1) if half is None else Interval(centre, centre - half, centre + half, n)


def test_touching_intervals_are_not_clear() -> None:
    assert not clear(interval(1.0, 0.5), interval(2.0, 0.5))
    assert clear(interval(1.0, 0.5), interval(2.0, 0.49))


@pytest.mark.parametrize(
    ("values", "better", "winner"),
    [
        ([(1.5, 0.01), (1.4, 0.01)], "lower", 1),
        ([(1.5, 0.01), (1.4, 0.01)], "higher", 0),
        ([(1.5, 0.06), (1.4, 0.06)], "lower", None),  # overlap
        ([(1.5, 0.01), (1.4, None)], "lower", None),  # the best has one seed
        ([(1.5, None), (1.4, 0.01)], "lower", None),  # the next has one seed
        ([(1.4, 0.01), (1.5, 0.01), (1.6, None)], "lower", None),  # one seed, however far off
        ([(1.4, 0.01), (1.5, 0.01), (1.6, 0.3)], "lower", None),  # last by mean, yet it may be the best
        ([(1.4, 0.01)], "lower", None),  # nothing to be better than
        ([(1.5, 0.01), (1.4, 0.01)], "", None),
        ([(1.4, 0.0), (1.4, 0.0)], "lower", None),
    ],
)
def test_best_only_where_it_can_be_said(values: list[tuple[float, float | None]], better: str, winner: int | None) -> None:
    assert best([interval(*value) for value in values], better) == winner


def test_rows_without_a_value_do_not_shift_the_winner() -> None:
    assert best([None, interval(2.0, 0.1), None, interval(1.0, 0.1)], "lower") == 3
