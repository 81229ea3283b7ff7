"""Noise on weights: the gradient is that at the noisy weights, and the weights are clean when anything else reads them."""

import pytest
import torch
from torch import nn

from bench.errors import Refusal
from bench.nets.parts.weight_noise import WeightNoise


def test_the_gradient_is_that_at_noisy_weights_and_the_weights_come_back():
    net, x = nn.Linear(3, 2, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    clean = [weight.detach().clone() for weight in net.parameters()]
    torch.manual_seed(7)
    WeightNoise("net.weight_noise", 0.5).add(net)
    net(x).square().sum().backward()
    assert all(torch.equal(weight, before) for weight, before in zip(net.parameters(), clean, strict=True))
    torch.manual_seed(7)
    noisy_W, noisy_b = (before + 0.5 * torch.randn_like(before) for before in clean)
    error = 2 * (x @ noisy_W.T + noisy_b)
    torch.testing.assert_close(net.weight.grad, error.T @ x)
    torch.testing.assert_close(net.bias.grad, error.sum(0))


def test_a_loss_that_is_never_differentiated_leaves_no_noise_behind():
    net, noise = nn.Linear(3, 2), WeightNoise("net.weight_noise", 0.5)
    clean = net.weight.detach().clone()
    noise.add(net)
    noise.add(net)
    net(torch.ones(1, 3)).sum().backward()
    assert torch.equal(net.weight.detach(), clean)


def test_its_deviation_is_the_one_that_was_asked_for():
    net = nn.Linear(300, 300)
    clean = net.weight.detach().clone()
    WeightNoise("net.weight_noise", 0.075).add(net)
    assert float((net.weight.detach() - clean).std()) == pytest.approx(0.075, rel=0.02)


@pytest.mark.parametrize("deviation", [-0.1, float("nan"), float("inf")])
def test_a_deviation_out_of_range_is_refused(deviation):
    with pytest.raises(Refusal, match=r"net\.weight_noise="):
        WeightNoise("net.weight_noise", deviation)
