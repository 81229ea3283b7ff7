"""Macro F1 against scikit-learn's."""

import pytest
import torch
from sklearn.metrics import f1_score

from bench.metrics.macro_f1 import f1_counts, macro_f1
from bench.metrics.metric import add


def test_it_is_that_of_scikit_learn_over_batches_of_unequal_size():
    generator = torch.Generator().manual_seed(0)
    gold_N = torch.randint(4, (101,), generator=generator)
    predicted_N = torch.where(torch.rand(101, generator=generator) < 0.6, gold_N, torch.randint(4, (101,), generator=generator))
    counts = {}
    for rows in (slice(0, 7), slice(7, 100), slice(100, 101)):
        counts = add(counts, f1_counts(predicted_N[rows], gold_N[rows], 6))  # two of six classes never occur
    metric = macro_f1(counts)
    assert metric.value == pytest.approx(100 * f1_score(gold_N, predicted_N, average="macro"))
    assert (metric.unit, metric.better, metric.count) == ("%", "higher", 4)


def test_a_class_that_is_given_and_never_right_counts_as_nothing():
    metric = macro_f1(f1_counts(torch.tensor([0, 0, 2]), torch.tensor([0, 0, 1]), 3))
    assert metric.value == pytest.approx(100 / 3)
