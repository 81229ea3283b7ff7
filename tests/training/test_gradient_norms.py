"""Norms of the gradient by part of the net."""

import math

import torch
from torch import nn

from bench.training.gradient_norms import by_part, part_of


def test_parts_are_layers_and_modules():
    names = ("output_weight", "embedding.weight", "stack.forward_cells.1.lstm.weight_ih_l0", "decoder.attention.key")
    assert [part_of(name) for name in names] == ["output_weight", "embedding", "stack.forward_cells.1", "decoder.attention"]


def test_norms_are_taken_over_all_parameters_of_a_part():
    net = nn.ModuleDict({"first": nn.Linear(2, 1), "second": nn.Linear(2, 1)})
    net["first"].weight.grad, net["first"].bias.grad = torch.tensor([[3.0, 4.0]]), torch.tensor([12.0])
    assert {part: norm.item() for part, norm in by_part(net).items()} == {"gradient/first": 13.0}
    net["second"].weight.grad = torch.full((1, 2), 2.0)
    assert math.isclose(by_part(net)["gradient/second"].item(), math.sqrt(8), rel_tol=1e-6)
