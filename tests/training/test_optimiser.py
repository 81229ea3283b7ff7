"""RMSprop beside its equation in numpy; what weight decay leaves alone."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bench.cells.gru import GRU
from bench.nets.parts.block_settings import BlockSettings
from bench.nets.parts.blocks import Blocks, Shape
from bench.nets.parts.dropout import no_dropout
from bench.training.optimiser import groups, make_optimiser


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


def test_weight_decay_leaves_scales_and_biases_of_blocks_alone():
    """Without a gradient AdamW multiplies a weight by 1 - lr decay, and nothing else moves it."""
    net = Blocks(
        lambda inputs, units: GRU(inputs, units, recurrent_init="orthogonal"),
        shape=Shape(3, 4, 1, "forward"),
        block=BlockSettings("gated", 3, 1, 2.0),
        dropout=no_dropout(),
    )
    before = {name: weight.detach().clone().fill_(2.0) for name, weight in net.named_parameters()}
    config = SimpleNamespace(name="adamw", lr=0.1, weight_decay=0.5, betas=[0.9, 0.999], momentum=0.9)
    for weight in net.parameters():
        weight.data.fill_(2.0)
        weight.grad = torch.zeros_like(weight)
    make_optimiser(config, groups(net, 0.5)).step()
    still = {name for name, weight in net.named_parameters() if weight.equal(before[name])}
    assert still == {name for name in before if name.endswith(("scale", "convolution_bias"))}
    assert groups(net, 0.0) == list(net.parameters())
