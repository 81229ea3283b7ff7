"""RMSprop beside its equation in numpy."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bench.training.optimiser import make_optimiser


def test_rmsprop_divides_by_the_root_of_a_mean_of_squares():
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    config = SimpleNamespace(name="rmsprop", lr=0.1, weight_decay=0.0, betas=[0.9, 0.999], momentum=0.9)
    optimiser = make_optimiser(config, [weight])
    expected, mean = np.array([1.0, -2.0]), np.zeros(2)
    for step in range(1, 5):
        gradient = np.array([0.5 * step, -3.0])
        weight.grad = torch.from_numpy(gradient)
        optimiser.step()
        mean = 0.99 * mean + 0.01 * gradient**2
        expected -= 0.1 * gradient / (np.sqrt(mean) + 1e-8)
        assert weight.tolist() == pytest.approx(expected.tolist())
