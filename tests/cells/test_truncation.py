"""Truncated backpropagation through time: windows, a state carried from one to the next, and what must not be carried."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.state import State, detach, map_state

RandomState = Callable[[Cell, int], State]


def windows(cell: Cell, x_BTI: Tensor, state: State, *, steps: int) -> Tensor:
    """The loss of the whole sequence, in windows of `steps`, the state cut between them."""
    total = x_BTI.new_zeros(())
    for window_BTI in x_BTI.split(steps, 1):
        y_BTH, state = cell.scan(window_BTI, detach(state), None)
        total = total + y_BTH.sin().sum()
    return total


def test_a_window_that_covers_the_sequence_is_the_whole_backpropagation(cell: Cell, random_state: RandomState) -> None:
    x_BTI, state = torch.randn(3, 8, 3).double().requires_grad_(), random_state(cell, 3)
    total = cell.scan(x_BTI, state, None)[0].sin().sum()
    inputs = [x_BTI, *cell.parameters()]
    expected = torch.autograd.grad(total, inputs)
    for steps in (8, 100):
        for gradient, expected_gradient in zip(
            torch.autograd.grad(windows(cell, x_BTI, state, steps=steps), inputs), expected, strict=True
        ):
            torch.testing.assert_close(gradient, expected_gradient, rtol=1e-12, atol=1e-12)


def test_a_carried_state_enters_the_next_window_but_not_its_gradient(cell: Cell, random_state: RandomState) -> None:
    """The values are those of the whole sequence; of the second window's loss nothing comes back to the first."""
    x_BTI, state = torch.randn(3, 8, 3).double().requires_grad_(), random_state(cell, 3)
    at_once_BTH, _ = cell.scan(x_BTI, state, None)
    _, carried = cell.scan(x_BTI[:, :4], state, None)
    reached = []
    for between in (carried, detach(carried)):
        second_BTH, _ = cell.scan(x_BTI[:, 4:], between, None)
        torch.testing.assert_close(second_BTH, at_once_BTH[:, 4:], rtol=1e-12, atol=1e-12)
        (d_x,) = torch.autograd.grad(second_BTH.sin().sum(), x_BTI, retain_graph=True)
        reached.append(bool(d_x[:, :4].any()))
        assert d_x[:, 4:].any()
    assert reached == [cell.looks_back, False]


def test_what_was_carried_changes_what_follows(cell: Cell, random_state: RandomState) -> None:
    """A truncation that starts each window anew would not see this."""
    x_BTI, state = torch.randn(3, 4, 3).double(), random_state(cell, 3)
    _, carried = cell.scan(x_BTI, state, None)
    after_BTH, _ = cell.scan(x_BTI, carried, None)
    fresh_BTH, _ = cell.scan(x_BTI, map_state(torch.zeros_like, carried), None)
    assert torch.equal(after_BTH, fresh_BTH) != cell.looks_back


@pytest.mark.parametrize("steps", [1, 3])
def test_gradients_of_short_windows_are_those_of_steps_cut_at_the_same_places(
    cell: Cell, random_state: RandomState, steps: int
) -> None:
    x_BTI, state = torch.randn(3, 8, 3).double().requires_grad_(), random_state(cell, 3)
    total, now = x_BTI.new_zeros(()), state
    for t, x_BI in enumerate(x_BTI.unbind(1)):
        y_BH, now = cell.step(x_BI, detach(now) if t % steps == 0 else now)
        total = total + y_BH.sin().sum()
    inputs = [x_BTI, *cell.parameters()]
    ours = torch.autograd.grad(windows(cell, x_BTI, state, steps=steps), inputs, allow_unused=True)
    for gradient, expected_gradient in zip(ours, torch.autograd.grad(total, inputs, allow_unused=True), strict=True):
        if expected_gradient is None:  # what acts on the state alone, cut after every step
            assert gradient is None or not gradient.any()
        else:
            torch.testing.assert_close(gradient, expected_gradient, rtol=1e-10, atol=1e-10)
