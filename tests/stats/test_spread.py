"""How far apart two runs come out, by counting pairs."""

import pytest

from bench.stats.spread import apart


def test_every_pair_counts_once_without_its_sign() -> None:
    values = [1.0, 4.0, 2.0, 9.0]
    by_hand = sorted([3.0, 1.0, 8.0, 2.0, 5.0, 7.0])
    median, usual, largest = apart(values)
    assert median == (by_hand[2] + by_hand[3]) / 2 and largest == 8.0
    assert by_hand[-2] < usual < by_hand[-1]


def test_of_a_normal_distribution_two_seeds_differ_by_what_its_deviation_says() -> None:
    """The difference of two is normal with sqrt 2 times the deviation: |it| has the median 0.954 and the 95th of 100 2.77."""
    from statistics import NormalDist

    values = [NormalDist(50.0, 1.0).inv_cdf((rank + 0.5) / 400) for rank in range(400)]
    median, usual, _ = apart(values)
    assert median == pytest.approx(0.954, abs=0.02) and usual == pytest.approx(2.772, abs=0.04)
