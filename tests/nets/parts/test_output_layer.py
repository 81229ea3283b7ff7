"""The output layer's loss against torch's cross-entropy over kept logits, for every kind of target."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from bench.nets.parts import output_layer
from bench.nets.parts.output_layer import linear_cross_entropy

M, R, V = 11, 5, 7


@pytest.fixture(params=[(M, M, M), (4, 4, 3)], ids=["at once", "in chunks of 4 and blocks of 3"], autouse=True)
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    for name, rows in zip(("LOGITS", "LOW_LOGITS", "BLOCK"), request.param, strict=True):
        monkeypatch.setattr(output_layer, name, rows * V)


def layer(dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
    return tuple(torch.randn(*shape, dtype=dtype, requires_grad=True) for shape in ((M, R), (V, R), (V,)))  # type: ignore[return-value]


def gradients(loss: Tensor, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return torch.autograd.grad(3 * loss, inputs)


def same(ours: Tensor, theirs: Tensor, inputs: tuple[Tensor, ...]) -> None:
    torch.testing.assert_close(ours, theirs)
    for ours_gradient, theirs_gradient in zip(gradients(ours, inputs), gradients(theirs, inputs), strict=True):
        torch.testing.assert_close(ours_gradient, theirs_gradient)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_symbols(smoothing: float) -> None:
    inputs, target_M = layer(), torch.randint(V, (M,))
    theirs = F.cross_entropy(F.linear(*inputs), target_M, reduction="sum", label_smoothing=smoothing)
    same(linear_cross_entropy(*inputs, target_M, smoothing=smoothing), theirs, inputs)


def test_distributions() -> None:
    inputs, target_MV = layer(), torch.randn(M, V, dtype=torch.float64).softmax(1)
    same(linear_cross_entropy(*inputs, target_MV), F.cross_entropy(F.linear(*inputs), target_MV, reduction="sum"), inputs)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_a_symbol_that_takes_no_part(smoothing: float) -> None:
    inputs, target_M = layer(), torch.randint(V - 1, (M,))
    target_M[target_M >= 2] += 1
    symbols = [symbol for symbol in range(V) if symbol != 2]
    logits_MV = F.linear(*inputs)[:, symbols]
    shifted_M = target_M - (target_M > 2).long()
    theirs = F.cross_entropy(logits_MV, shifted_M, reduction="sum", label_smoothing=smoothing)
    same(linear_cross_entropy(*inputs, target_M, smoothing=smoothing, without=2), theirs, inputs)


def test_bfloat16_under_autocast_is_near_and_keeps_float32_sums() -> None:
    inputs, target_M = layer(torch.float32), torch.randint(V, (M,))
    with torch.autocast("cpu", torch.bfloat16):
        ours = linear_cross_entropy(*inputs, target_M)
    assert ours.dtype == torch.float32
    exact = F.cross_entropy(F.linear(*inputs), target_M, reduction="sum")
    assert ours != exact
    torch.testing.assert_close(ours, exact, rtol=2e-2, atol=0.1)
    for ours_gradient, theirs_gradient in zip(gradients(ours, inputs), gradients(exact, inputs), strict=True):
        assert ours_gradient.dtype == torch.float32
        torch.testing.assert_close(ours_gradient, theirs_gradient, rtol=5e-2, atol=0.1)


def test_large_logits_do_not_overflow_and_no_positions_are_no_loss() -> None:
    readout_MR, weight_VR, bias_V = layer(torch.float32)
    target_M = torch.zeros(M, dtype=torch.long)
    assert linear_cross_entropy(readout_MR * 1e4, weight_VR, bias_V, target_M).isfinite()
    assert linear_cross_entropy(readout_MR[:0], weight_VR, bias_V, target_M[:0]) == 0


def test_without_gradients_none_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_layer, "_add_product", lambda *_: pytest.fail("a gradient was made"))
    inputs = layer()
    with torch.no_grad():
        assert linear_cross_entropy(*inputs, torch.zeros(M, dtype=torch.long)) > 0


def test_a_symbol_of_almost_no_probability_has_a_finite_loss() -> None:
    bias_V = torch.tensor([0.0, -300.0, 200.0], requires_grad=True)
    loss = linear_cross_entropy(torch.zeros(1, R), torch.zeros(3, R), bias_V, torch.tensor([1]))
    assert loss.item() == 500.0
