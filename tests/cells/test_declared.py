"""What a cell says of itself, beside what it does."""

import torch

from bench.cells.state import Kind, leaves


def test_it_declares_each_tensor_of_its_state(cell):
    assert len(cell.state_leaves) == len(leaves(cell.init_state(2, torch.zeros(1))))
    names = [leaf.name for leaf in cell.state_leaves]
    assert len(set(names)) == len(names)


def test_the_output_leaf_is_the_output(cell, random_state):
    y_BH, state = cell.step(torch.randn(5, 3, dtype=torch.float64), random_state(cell, 5))
    for leaf, tensor in zip(cell.state_leaves, leaves(state), strict=True):
        assert tensor.equal(y_BH) == (leaf.kind is Kind.OUTPUT), leaf.name


def test_it_looks_back_if_its_output_depends_on_its_state(cell, random_state):
    x_BI = torch.randn(5, 3, dtype=torch.float64)
    outputs, other_outputs = (cell.step(x_BI, random_state(cell, 5))[0] for _ in range(2))
    assert cell.looks_back == (not outputs.equal(other_outputs))


def test_its_memory_reaches_far_or_its_past_is_soon_forgotten(cell):
    """Whether the first of 40 inputs, which is large, has a part in the last output."""
    x_BTI = torch.randn(4, 40, 3, dtype=torch.float64)
    x_BTI[:, 0] = 3.0
    x_BTI.requires_grad_()
    y_BTH, _ = cell.scan(x_BTI, cell.init_state(4, x_BTI))
    (gradient_BTI,) = torch.autograd.grad(y_BTH[:, -1].sum(), x_BTI)
    assert cell.has_memory == bool(gradient_BTI[:, 0].abs().max() > 0)
