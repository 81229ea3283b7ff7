"""Tests over seeds against enumeration, SciPy and numbers worked out by hand."""

from __future__ import annotations

import random
from itertools import product

import pytest
from scipy import stats

from bench.stats import significance
from bench.stats.significance import holm, paired_t, randomisation, reachable, smallest, welch_t


def draws(n: int, mean: float, seed: int) -> list[float]:
    source = random.Random(seed)
    return [source.gauss(mean, 1.0) for _ in range(n)]


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_randomisation_counts_the_sign_patterns(n: int) -> None:
    differences = draws(n, 0.7, n)
    sums = [abs(sum(s * d for s, d in zip(signs, differences, strict=True))) for signs in product((-1, 1), repeat=n)]
    assert randomisation(differences) == sum(flipped_sum >= abs(sum(differences)) - 1e-9 for flipped_sum in sums) / 2**n


@pytest.mark.parametrize("n", [1, 3, 5, 6])
def test_differences_of_one_sign_give_the_smallest_p(n: int) -> None:
    assert randomisation([0.1] * n) == randomisation([-0.1 * (i + 1) for i in range(n)]) == smallest(n) == 2 / 2**n


def test_rounding_does_not_make_a_tie_a_difference() -> None:
    assert randomisation([0.1, 0.2, -0.3]) == 1.0  # the sum is 2.8e-17, not 0


def test_no_difference_at_all_is_no_evidence() -> None:
    assert randomisation([0.0, 0.0, 0.0]) == 1.0


def test_many_pairs_are_sampled_close_to_the_exact_value(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = draws(14, 0.2, 3)
    exact = randomisation(differences)
    monkeypatch.setattr(significance, "EXACT_PAIRS", 13)
    assert 0.01 < exact < 0.5
    assert randomisation(differences) == pytest.approx(exact, abs=0.01)
    assert smallest(14) == 1 / (significance.PATTERNS + 1) == randomisation([1.0] * 60)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_paired_t_is_scipys(n: int) -> None:
    differences = draws(n, 0.5, 10 + n)
    theirs = stats.ttest_1samp(differences, 0.0)
    ours = paired_t(differences)
    assert ours.p == pytest.approx(theirs.pvalue)
    bounds = theirs.confidence_interval(0.95)
    assert (ours.difference.low, ours.difference.high) == pytest.approx((bounds.low, bounds.high))


def test_welch_is_scipys() -> None:
    ours, theirs = draws(4, 1.0, 1), [3 * value for value in draws(7, 0.0, 2)]
    expected = stats.ttest_ind(ours, theirs, equal_var=False)
    actual = welch_t(ours, theirs)
    assert actual.p == pytest.approx(expected.pvalue)
    bounds = expected.confidence_interval(0.95)
    assert (actual.difference.low, actual.difference.high) == pytest.approx((bounds.low, bounds.high))


@pytest.mark.parametrize(("differences", "p"), [([0.0, 0.0], 1.0), ([0.5, 0.5], 0.0)])
def test_what_does_not_vary_has_no_noise(differences: list[float], p: float) -> None:
    assert paired_t(differences).p == p
    assert welch_t([1 + d for d in differences], [1.0, 1.0]).p == p


def test_holm_by_hand() -> None:
    # ascending 0.01 0.02 0.03 0.04, times 4 3 2 1: 0.04 0.06 0.06 (not below the one before) 0.06
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def test_what_a_table_can_reach() -> None:
    assert reachable([6]) == 2 / 64
    assert reachable([6, 6]) == 4 / 64  # the correction takes it over 0.05
    assert reachable([9, 3, 3]) == 3 * 2 / 512
