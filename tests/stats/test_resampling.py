"""The bootstrap against the formula for a mean, approximate randomisation against all sign patterns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bench.stats import significance
from bench.stats.resampling import bootstrap, randomisation


def mean(sums_RK: Any) -> Any:
    """The metric of sums (value, 1): a mean over sentences."""
    return sums_RK[:, 0] / sums_RK[:, 1]


def systems(sentences: int, gap: float) -> tuple[Any, Any]:
    """Two systems whose sentences differ by `gap` on the mean; what makes a sentence hard is the same for both."""
    source = np.random.default_rng(7)
    hard = source.normal(0, 5, sentences)
    ours, theirs = hard + gap + source.normal(0, 1, sentences), hard + source.normal(0, 1, sentences)
    return np.stack([ours, np.ones(sentences)], 1), np.stack([theirs, np.ones(sentences)], 1)


def test_the_bootstrap_is_paired_and_as_wide_as_the_formula_says() -> None:
    ours, theirs = systems(400, 0.3)
    d = (ours - theirs)[:, 0]
    interval, _ = bootstrap(ours, theirs, score=mean)
    half = 1.96 * d.std() / 20  # sqrt(400); unpaired it would be five times as wide
    assert interval.centre == pytest.approx(d.mean())
    assert interval.high - interval.low == pytest.approx(2 * half, rel=0.1)  # type: ignore[operator]


def test_both_tests_see_a_difference_and_none() -> None:
    ours, theirs = systems(400, 0.5)
    assert bootstrap(ours, theirs, score=mean)[1] < 0.01 and randomisation(ours, theirs, score=mean) < 0.01
    same = bootstrap(ours, ours, score=mean)
    assert (same[0].low, same[0].centre, same[0].high) == (0.0, 0.0, 0.0)
    assert same[1] == randomisation(ours, ours, score=mean) == 1.0


def test_swapping_the_outputs_of_a_sentence_is_turning_the_sign_of_its_difference() -> None:
    ours, theirs = systems(11, 0.4)
    exact = significance.randomisation(list((ours - theirs)[:, 0]))
    assert 0.02 < exact < 0.9
    assert randomisation(ours, theirs, score=mean) == pytest.approx(exact, abs=0.015)


def test_no_trial_is_no_p_of_zero() -> None:
    ours, theirs = systems(200, 50.0)
    assert randomisation(ours, theirs, score=mean) == 1 / 10_001
