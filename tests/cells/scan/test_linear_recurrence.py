"""The parallel scan of the minimal cells, which a GPU takes, on a CPU against the loop; gates at their limits."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from bench.cells.mingru import MinGRU
from bench.cells.minlstm import MinLSTM
from bench.cells.scan.linear_recurrence import blend, cumulate

CELLS: list[Callable[[], MinGRU | MinLSTM]] = [lambda: MinGRU(3, 4), lambda: MinLSTM(3, 4, forget_bias=1.0)]


def test_doubling_is_the_recurrence() -> None:
    """a = 1, 2, 3, 4, 5 and b = 1 give h = 1, 2*1+1, 3*3+1, 4*10+1, 5*41+1."""
    a, b = torch.arange(1.0, 6.0).view(1, 5, 1), torch.ones(1, 5, 1)
    assert cumulate(a, b).flatten().tolist() == [1, 3, 10, 41, 206]


@pytest.mark.parametrize("steps", [63, 64, 65, 127, 128, 129, 150])
def test_what_is_never_forgotten_reaches_the_last_step(steps: int) -> None:
    """a = b = 1 gives h_t = t."""
    ones_BTH = torch.ones(1, steps, 1)
    assert cumulate(ones_BTH, ones_BTH).flatten().tolist() == list(range(1, steps + 1))


@pytest.mark.parametrize("make", CELLS)
@pytest.mark.parametrize("steps", [1, 2, 7, 8, 129])
@pytest.mark.parametrize("ragged", [False, True])
def test_in_parallel_is_the_same_as_in_turn(make: Callable[[], MinGRU | MinLSTM], steps: int, ragged: bool) -> None:
    torch.manual_seed(0)
    cell = make().double()
    for parameter in cell.parameters():
        nn.init.normal_(parameter)
    x_BTI, h_BH = torch.randn(4, steps, 3).double().requires_grad_(), torch.randn(4, 4).double().requires_grad_()
    lengths_B = torch.tensor([steps // 2, steps, 0, 1]) if ragged else None
    if ragged:
        with torch.no_grad():
            x_BTI[2] = float("nan")

    def run(scan: Callable[..., tuple[Tensor, Tensor]]) -> list[Tensor]:
        torch.manual_seed(1)
        outputs = scan(x_BTI, h_BH, lengths_B)
        errors = [torch.randn(output.shape).double() for output in outputs]
        return [*outputs, *torch.autograd.grad(outputs, [x_BTI, h_BH, *cell.parameters()], errors)]

    for parallel, stepwise in zip(run(cell._parallel), run(cell.scan), strict=True):
        torch.testing.assert_close(parallel, stepwise, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("lengths", [None, [2, 5, 0]])
def test_gradients_of_the_parallel_scan_by_finite_differences(lengths: list[int] | None) -> None:
    torch.manual_seed(0)
    z_BTH, g_BTH, h_BH = (torch.rand(*shape).double().requires_grad_() for shape in ((3, 5, 2), (3, 5, 2), (3, 2)))
    lengths_B = None if lengths is None else torch.tensor(lengths)
    assert torch.autograd.gradcheck(lambda *tensors: blend(*tensors, lengths_B), (z_BTH, g_BTH, h_BH))


def test_scaled_gates_do_not_become_nothing_divided_by_nothing() -> None:
    """Both gates of minlstm shut to exactly 0 in float32: their ratio is still that of their logits."""
    cell = MinLSTM(1, 1, forget_bias=0.0)
    with torch.no_grad():
        cell.weight_ih.zero_()
        cell.bias.copy_(torch.tensor([-200.0, -200.0, 4.0]))
    h_11 = torch.tensor([[2.0]])
    assert cell.step(torch.zeros(1, 1), h_11)[0].item() == 3.0
    assert cell.scan(torch.zeros(1, 1, 1), h_11)[0].item() == 3.0
