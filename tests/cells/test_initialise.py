"""Initial weights block by block."""

from math import sqrt

import pytest
import torch
from torch import Tensor

from bench.cells.initialise import initialise


def fresh(scheme: str) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    weight_GI, weight_GH, bias_G = (torch.full(shape, 9.0) for shape in ((96, 5), (96, 32), (96,)))
    initialise(weight_GI, weight_GH, biases=[bias_G], recurrent_init=scheme)
    return weight_GI, weight_GH, bias_G


def test_each_gate_has_an_orthogonal_block_of_its_own() -> None:
    blocks = fresh("orthogonal")[1].chunk(3)
    for block_HH in blocks:
        torch.testing.assert_close(block_HH @ block_HH.t(), torch.eye(32), rtol=0, atol=1e-5)
    assert not torch.allclose(blocks[0], blocks[1])


def test_each_gate_has_an_identity_block() -> None:
    assert torch.equal(fresh("identity")[1], torch.eye(32).repeat(3, 1))


def test_uniform_fills_the_interval_of_the_hidden_size() -> None:
    bound = 1 / sqrt(32)
    for weight in fresh("uniform")[:2]:
        assert weight.abs().max() <= bound
        assert weight.max() > 0.95 * bound and weight.min() < -0.95 * bound


@pytest.mark.parametrize("scheme", ["uniform", "orthogonal", "identity"])
def test_biases_start_at_zero(scheme: str) -> None:
    assert not fresh(scheme)[2].any()
