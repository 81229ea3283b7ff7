"""A deferred weight gradient equals the one that autograd makes step by step."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from bench.cells.scan import deferred as module
from bench.cells.scan.deferred import deferred, linear

T, B, SIZE = 4, 3, 5


def run(weight: Tensor, bias: Tensor | None, x_TBI: Tensor, *, used: int = T) -> Tensor:
    """A recurrence through one weight, of which `used` outputs count."""
    outputs, h_BI = [], x_TBI[0]
    for x_BI in x_TBI:
        h_BI = torch.tanh(linear(h_BI + x_BI, weight, bias))
        outputs.append(h_BI)
    return torch.stack(outputs[:used]).square().sum()


def tensors(dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    return tuple(torch.randn(*shape, dtype=dtype, requires_grad=True) for shape in ((SIZE, SIZE), (SIZE,), (T, B, SIZE)))  # type: ignore[return-value]


@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("used", [T, 2])
def test_values_and_gradients_are_those_of_autograd(with_bias: bool, used: int) -> None:
    weight, bias, x_TBI = tensors()
    inputs = [weight, x_TBI] + [bias] * with_bias
    plain = run(weight, bias if with_bias else None, x_TBI, used=used)
    expected = torch.autograd.grad(plain, inputs)
    with deferred("cpu"):
        ours = run(weight, bias if with_bias else None, x_TBI, used=used)
    torch.testing.assert_close(ours, plain)
    for gradient, expected_gradient in zip(torch.autograd.grad(ours, inputs), expected, strict=True):
        torch.testing.assert_close(gradient, expected_gradient)


def test_it_is_one_product(monkeypatch: pytest.MonkeyPatch) -> None:
    weight, bias, x_TBI = tensors()
    with deferred("cpu"):
        loss = run(weight, bias, x_TBI)
    products: list[int] = []
    cat = torch.cat
    monkeypatch.setattr(module.torch, "cat", lambda parts: products.append(len(parts)) or cat(parts))
    loss.backward()
    assert products == [T, T]


def test_a_weight_that_is_used_outside_too_gets_both_gradients() -> None:
    weight, bias, x_TBI = tensors()
    expected = torch.autograd.grad(run(weight, bias, x_TBI) + linear(x_TBI[0], weight, bias).sum(), weight)[0]
    with deferred("cpu"):
        inside = run(weight, bias, x_TBI)
    torch.testing.assert_close(torch.autograd.grad(inside + linear(x_TBI[0], weight, bias).sum(), weight)[0], expected)


def test_two_blocks_do_not_mix_and_nothing_is_noted_without_gradients() -> None:
    weight, bias, x_TBI = tensors()
    single = torch.autograd.grad(run(weight, bias, x_TBI), weight)[0]
    losses = []
    for _ in range(2):
        with deferred("cpu"):
            losses.append(run(weight, bias, x_TBI))
    torch.testing.assert_close(torch.autograd.grad(losses[0] + losses[1], weight)[0], 2 * single)
    with deferred("cpu"), torch.no_grad():
        assert not linear(x_TBI[0], weight, bias).requires_grad


def test_autocast_computes_in_its_type_and_leaves_float32_gradients() -> None:
    weight, bias, x_TBI = tensors(torch.float32)
    with torch.autocast("cpu", torch.bfloat16), deferred("cpu"):
        y_BG = linear(x_TBI[0], weight, bias)
        assert y_BG.dtype == torch.float32 and not y_BG.equal(F.linear(x_TBI[0], weight, bias))
        d_weight, d_bias = torch.autograd.grad(y_BG.float().sum(), [weight, bias])
    assert d_weight.dtype == d_bias.dtype == torch.float32
    exact = torch.autograd.grad(F.linear(x_TBI[0], weight, bias).sum(), weight)[0]
    torch.testing.assert_close(d_weight, exact, rtol=2e-2, atol=2e-2)
