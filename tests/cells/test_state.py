"""The functions over a tree of states."""

import pytest
import torch

from bench.cells.cell import Cell
from bench.cells.state import State, branches, detach, leaf, map_state, select_rows, where


def tree(start: float) -> tuple[torch.Tensor, tuple[torch.Tensor]]:
    """Three rows in two leaves of different rank."""
    return torch.arange(3.0) + start, (torch.arange(6.0).view(3, 2) + start,)


def test_select_rows_reorders_and_repeats_axis_0_of_every_leaf() -> None:
    picked = select_rows(tree(0.0), torch.tensor([2, 0, 0, 1]))
    assert picked[0].tolist() == [2.0, 0.0, 0.0, 1.0]
    assert picked[1][0].tolist() == [[4.0, 5.0], [0.0, 1.0], [0.0, 1.0], [2.0, 3.0]]


def test_where_chooses_by_row_and_keeps_the_dtype_of_the_old_state() -> None:
    new: State = map_state(lambda tensor: tensor.to(torch.bfloat16), tree(10.0))
    mixed = where(torch.tensor([True, False, True]), new, tree(0.0))
    assert mixed[0].tolist() == [10.0, 1.0, 12.0]
    assert mixed[1][0].tolist() == [[10.0, 11.0], [2.0, 3.0], [14.0, 15.0]]
    assert mixed[0].dtype == torch.float32


def test_where_refuses_trees_that_differ() -> None:
    with pytest.raises(ValueError, match="shorter"):
        where(torch.tensor([True] * 3), tree(0.0), tree(0.0)[:1])


def test_detach_cuts_the_graph_and_keeps_the_values() -> None:
    weight = torch.ones(3, requires_grad=True)
    state = (weight * 2, (weight * 3,))
    cut = detach(state)
    assert not cut[0].requires_grad and not cut[1][0].requires_grad
    assert cut[1][0].tolist() == [3.0, 3.0, 3.0]


def test_a_state_of_another_cell_is_refused() -> None:
    with pytest.raises(TypeError, match="tuple of 2"):
        leaf(tree(0.0))
    with pytest.raises(TypeError, match="one tensor was given"):
        branches(torch.zeros(3))


def test_a_cell_without_step_says_so() -> None:
    with pytest.raises(NotImplementedError):
        Cell(1, 1).scan(torch.zeros(1, 1, 1), torch.zeros(1, 1), None)
