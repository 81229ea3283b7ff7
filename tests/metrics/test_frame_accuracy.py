"""Frame accuracy beside scikit-learn's Jaccard index over all keys and frames, which is the same ratio."""

import numpy as np
import pytest
import torch
from sklearn.metrics import jaccard_score

from bench.metrics.frame_accuracy import frame_accuracy, frame_counts
from bench.metrics.metric import add


def test_it_is_the_jaccard_index_over_batches_of_unequal_size():
    draw = np.random.default_rng(0)
    truth, predicted = draw.random((40, 88)) < 0.1, draw.random((40, 88)) < 0.15
    total = {}
    for part in (slice(0, 3), slice(3, 30), slice(30, 40)):
        total = add(total, frame_counts(torch.from_numpy(predicted[part]), torch.from_numpy(truth[part])))
    metric = frame_accuracy(total, "higher")
    assert metric.value == pytest.approx(100 * jaccard_score(truth, predicted, average="micro"))
    assert metric.count == int((truth | predicted).sum())


def test_worked_by_hand():
    """Two frames of three keys: one right, one missed, one too many; silence that is seen as silence counts nothing."""
    truth = torch.tensor([[True, True, False], [False, False, False]])
    predicted = torch.tensor([[True, False, True], [False, False, False]])
    assert frame_accuracy(frame_counts(predicted, truth), "higher").value == pytest.approx(100 / 3)
