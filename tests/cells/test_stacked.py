"""What every cell promises, in a stack: several layers, both directions, over all of conf/cell/."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from processor import needs_bf16
from states import leaves
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.state import State, select_rows
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.stack import DIRECTIONS, Stack

MakeCell = Callable[[int, int], Cell]
RandomState = Callable[[Cell, int], State]


def stack_of(make_cell: MakeCell, *, depth: int, direction: str, input_size: int = 3, hidden_size: int = 4) -> Stack:
    sizes = {"input_size": input_size, "hidden_size": hidden_size, "depth": depth}
    return Stack(make_cell, **sizes, direction=direction, dropout=no_dropout())


def random_stack(make_cell: MakeCell, *, depth: int, direction: str) -> Stack:
    """In float64, weights and biases random."""
    stack = stack_of(make_cell, depth=depth, direction=direction).double()
    for parameter in stack.parameters():
        torch.nn.init.normal_(parameter, std=0.25)  # a cell may multiply its inputs, and layers that again
    return stack


def test_scan_equals_step_forward_and_backward(make_cell: MakeCell, random_state: RandomState, lengths_B: Tensor) -> None:
    stack = random_stack(make_cell, depth=3, direction="forward")
    x_BTI, state = torch.randn(5, 6, 3).double().requires_grad_(), random_state(stack, 5)
    runs = []
    for scan in (stack.scan, partial(Cell.scan, stack)):
        y_BTH, after = scan(x_BTI, state, lengths_B)
        outputs = [y_BTH, *leaves(after)]
        gradients = torch.autograd.grad(sum(output.sin().sum() for output in outputs), [x_BTI, *stack.parameters()])
        runs.append([*outputs, *gradients])
    for fused, stepwise in zip(*runs, strict=True):
        torch.testing.assert_close(fused, stepwise, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_row_does_not_depend_on_its_batch_mates(
    make_cell: MakeCell, random_state: RandomState, lengths_B: Tensor, direction: str
) -> None:
    """Alone, in a tensor as long as itself, it is what it was among others, and their inputs have no part in its gradient.

    A row of length 0 hands its states through all layers.
    """
    stack = random_stack(make_cell, depth=2, direction=direction)
    x_BTI, state = torch.randn(5, 6, 3).double().requires_grad_(), random_state(stack, 5)
    y_BTH, after = stack.scan(x_BTI, state, lengths_B)
    for row, length in ((0, 2), (3, 1), (4, 5)):
        own_1 = torch.tensor([row])
        alone = stack.scan(x_BTI[own_1, :length], select_rows(state, own_1), None)
        for actual, expected in zip(leaves(alone), leaves((y_BTH[own_1, :length], select_rows(after, own_1))), strict=True):
            torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-9)
        (d_x,) = torch.autograd.grad(y_BTH[row].sum(), x_BTI, retain_graph=True)
        assert d_x.flatten(1).any(1).tolist() == [mate == row for mate in range(5)]
    empty_1 = torch.tensor([2])
    assert not y_BTH[empty_1].any()
    for actual, expected in zip(leaves(select_rows(after, empty_1)), leaves(select_rows(state, empty_1)), strict=True):
        assert torch.equal(actual, expected)


@needs_bf16
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_autocast_stays_near_float32(make_cell: MakeCell, direction: str) -> None:
    """Two layers in bfloat16, whose roundings are up to 0.4 %: within 3 % of the length of the outputs."""
    stack, x_BTI = stack_of(make_cell, depth=2, direction=direction, input_size=8, hidden_size=16), torch.randn(3, 5, 8)
    lengths_B, state = torch.tensor([3, 0, 5]), stack.init_state(3, x_BTI)
    fine_BTH, _ = stack.scan(x_BTI, state, lengths_B)
    with torch.autocast("cpu", torch.bfloat16):
        rough_BTH, after = stack.scan(x_BTI, state, lengths_B)
    assert 0 < (rough_BTH.float() - fine_BTH).norm() <= 0.03 * fine_BTH.norm()
    assert {leaf.dtype for leaf in leaves(after)} == {torch.float32}
