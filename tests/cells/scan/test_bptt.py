"""Backpropagation through time against pencil and paper, on networks of one unit."""

from collections.abc import Callable
from math import exp, log, tanh

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from bench.cells.scan import bptt
from bench.cells.scan.steps import Rows, Steps, Views, tanh_backward


class Linear(Steps):
    """h_t = W x_t + b + U h_{t-1}."""

    blocks = ((0, 1),)
    reads_gates = False

    def forward(self, rows: Rows) -> None:
        (a,), (h,), (after,), _ = rows
        self.products[0].add(a, h)
        after.copy_(a)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        local[0].copy_(errors[0])
        self.products[0].put(errors[0], local[0])


class Tanh(Steps):
    """h_t = tanh(W x_t + b + U h_{t-1}): Elman's network."""

    blocks = ((0, 1),)
    reads_gates = False

    def forward(self, rows: Rows) -> None:
        (a,), (h,), (after,), _ = rows
        self.products[0].add(a, h)
        torch.tanh(a, out=after)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        tanh_backward(errors[0], rows.after[0], grad_input=local[0])
        self.products[0].put(errors[0], local[0])


def scalar(value: float) -> Tensor:
    return torch.tensor([[value]], dtype=torch.float64, requires_grad=True)


def row(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).view(1, -1, 1)


def run(steps: type[Steps], x: Tensor, h: Tensor, w: Tensor, u: Tensor, b: Tensor) -> Tensor:
    y_BTH, _ = bptt.scan(steps, x, states=(h,), weights=bptt.Weights(w, b[0], (u,)), lengths_B=None)
    return y_BTH


def test_four_steps_of_a_linear_network_by_pencil_and_paper() -> None:
    """w = 1, u = 1/2, b = 0, h_0 = 2, x = 0, 1, 2, 0, targets y = 1, 1, 2, 1, L = 1/2 sum (h_t - y_t)^2.

    Forward   h_1 = 0 + 2/2 = 1       h_2 = 1 + 1/2 = 3/2       h_3 = 2 + 3/4 = 11/4      h_4 = 0 + 11/8 = 11/8
    Outside   h - y:  0               1/2                       3/4                       3/8
    Backward  e_4 = 3/8               e_3 = 3/4 + e_4/2 = 15/16      e_2 = 1/2 + e_3/2 = 31/32      e_1 = 0 + e_2/2 = 31/64
    dL/du  = e_1 h_0 + e_2 h_1 + e_3 h_2 + e_4 h_3 = 31/32 + 31/32 + 45/32 + 33/32 = 140/32 = 35/8
    dL/dw  = e_2 x_2 + e_3 x_3 = 31/32 + 60/32 = 91/32
    dL/db  = e_1 + e_2 + e_3 + e_4 = (31 + 62 + 60 + 24)/64 = 177/64
    dL/dh_0 = e_1/2 = 31/128          dL/dx_t = w e_t = e_t
    All are sums of powers of two, so a computer must give them exactly.
    """
    x, target = row([0, 1, 2, 0]).requires_grad_(), row([1, 1, 2, 1])
    w, u, b, h = scalar(1), scalar(1 / 2), scalar(0), scalar(2)
    y = run(Linear, x, h, w, u, b)
    assert y.flatten().tolist() == [1, 3 / 2, 11 / 4, 11 / 8]
    ((y - target).square().sum() / 2).backward()
    gradients = [tensor.grad.item() for tensor in (u, w, b, h) if tensor.grad is not None]
    assert gradients == [35 / 8, 91 / 32, 177 / 64, 31 / 128]
    assert x.grad is not None and x.grad.flatten().tolist() == [31 / 64, 31 / 32, 15 / 16, 3 / 8]


def test_four_steps_below_a_softmax_by_the_formulas_of_the_docstring() -> None:
    """Elman's network with one unit and two classes, o = V h, once through the machinery and once in plain numbers."""
    xs, classes, v, w, u, h_0 = [0.5, -1.0, 0.25, 2.0], [0, 1, 1, 0], [0.75, -0.5], 1.5, -0.8, 0.3
    hs = [h_0]
    for x in xs:
        hs.append(tanh(w * x + u * hs[-1]))
    loss, d_v, d_w, d_u, later = 0.0, [0.0, 0.0], 0.0, 0.0, 0.0
    for t in (4, 3, 2, 1):
        powers = [exp(v_k * hs[t]) for v_k in v]
        error = [power / sum(powers) for power in powers]  # y^ ..
        loss -= log(error[classes[t - 1]])
        error[classes[t - 1]] -= 1.0  # .. minus y
        d_v = [total + e * hs[t] for total, e in zip(d_v, error, strict=True)]
        local = (1 - hs[t] ** 2) * (sum(v_k * e for v_k, e in zip(v, error, strict=True)) + u * later)
        d_w, d_u, later = d_w + local * xs[t - 1], d_u + local * hs[t - 1], local

    tensors = [scalar(w), scalar(u), torch.tensor(v, dtype=torch.float64, requires_grad=True)]
    y = run(Tanh, row(xs), scalar(h_0), tensors[0], tensors[1], scalar(0))
    ours = torch.nn.functional.cross_entropy(y[0] * tensors[2], torch.tensor(classes), reduction="sum")
    assert ours.item() == pytest.approx(loss, rel=1e-14)
    gradients = [gradient.flatten().tolist() for gradient in torch.autograd.grad(ours, tensors)]
    assert gradients == [pytest.approx([d_w], rel=1e-13), pytest.approx([d_u], rel=1e-13), pytest.approx(d_v, rel=1e-13)]


def big() -> tuple[list[Tensor], Callable[..., Tensor]]:
    """Tensors x, W, b, U, h of Elman's network with 5 rows, 6 steps, 3 inputs, 4 units; and its loss on ragged rows."""
    torch.manual_seed(0)
    shapes = ((5, 6, 3), (4, 3), (4,), (4, 4), (5, 4))
    tensors = [torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in shapes]

    def loss(lengths: list[int]) -> Tensor:
        x, w, b, u, h = tensors
        y, (last,) = bptt.scan(
            Tanh, x, states=(h,), weights=bptt.Weights(w, b, (u,)), lengths_B=torch.tensor(lengths, dtype=torch.int64)
        )
        return y.sin().sum() + last.square().sum()

    return tensors, loss


class Products(TorchDispatchMode):
    """Notes the dtype of each matrix product."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[torch.dtype] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if func.overloadpacket in (torch.ops.aten.mm, torch.ops.aten.addmm, torch.ops.aten.addmm_):
            self.kinds.append(args[-1].dtype)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("lengths", [[6] * 5, [2, 6, 0, 1, 5]])
def test_one_small_product_a_step_and_one_large_a_weight(lengths: list[int]) -> None:
    _, loss = big()
    with Products() as forward:
        total = loss(lengths)
    with Products() as backward:
        total.backward()
    assert (len(forward.kinds), len(backward.kinds)) == (1 + 6, 6 + 3)


@pytest.mark.parametrize(("kind", "product"), [(torch.float32, torch.bfloat16), (torch.float64, torch.float64)])
def test_autocast_lowers_the_products_of_float32_and_nothing_else(kind: torch.dtype, product: torch.dtype) -> None:
    x, w, b, u, h = (tensor.detach().to(kind).requires_grad_() for tensor in big()[0])
    with Products() as products:
        with torch.autocast("cpu", torch.bfloat16):
            y, (last,) = bptt.scan(Tanh, x, states=(h,), weights=bptt.Weights(w, b, (u,)), lengths_B=None)
        gradients = torch.autograd.grad(y.sum() + last.sum(), (x, w, b, u, h))
    assert set(products.kinds) == {product} and len(products.kinds) == 1 + 6 + 6 + 3
    assert {tensor.dtype for tensor in (y, last, *gradients)} == {kind}


def test_a_graph_that_is_kept_gives_the_same_gradients_again() -> None:
    tensors, loss = big()
    total = loss([2, 6, 0, 1, 5])
    first = torch.autograd.grad(total, tensors, retain_graph=True)
    for gradient, repeated in zip(first, torch.autograd.grad(total, tensors), strict=True):
        assert torch.equal(gradient, repeated)


def test_there_is_no_second_derivative() -> None:
    tensors, loss = big()
    (gradient,) = torch.autograd.grad(loss([6] * 5), tensors[0], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


@pytest.mark.parametrize("trained", range(5))
def test_what_is_frozen_gets_no_gradient_and_changes_no_other(trained: int) -> None:
    tensors, loss = big()
    expected = torch.autograd.grad(loss([2, 6, 0, 1, 5]), tensors)[trained]
    for index, tensor in enumerate(tensors):
        tensor.requires_grad_(index == trained)
    loss([2, 6, 0, 1, 5]).backward()
    assert [tensor.grad is not None for tensor in tensors] == [index == trained for index in range(5)]
    torch.testing.assert_close(tensors[trained].grad, expected)


def test_rows_without_any_step_hand_their_state_through() -> None:
    tensors, loss = big()
    gradients = torch.autograd.grad(loss([0] * 5), tensors)
    assert torch.equal(gradients[4], 2 * tensors[4])
    assert not any(gradient.any() for gradient in gradients[:4])


def test_an_output_changed_in_place_is_noticed() -> None:
    """It is also what the backward reads; torch must refuse rather than compute with it."""
    (x, w, b, u, h), _ = big()
    y, _ = bptt.scan(Tanh, x, states=(h,), weights=bptt.Weights(w, b, (u,)), lengths_B=None)
    with pytest.raises(RuntimeError, match=r"in-?place"):
        y.mul_(2).sum().backward()


def test_the_state_handed_out_is_no_view_of_the_outputs() -> None:
    (x, w, b, u, h), _ = big()
    y, (last,) = bptt.scan(Tanh, x, states=(h,), weights=bptt.Weights(w, b, (u,)), lengths_B=None)
    assert torch.equal(last, y[:, -1])
    assert last.untyped_storage().data_ptr() != y.untyped_storage().data_ptr()
