"""Nets that make a first state of their own: an output, a free leaf and one that is fixed, of any shape."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from bench.cells.cell import Cell
from bench.cells.state import Kind, Leaf, branches, leaves
from bench.errors import Refusal
from bench.nets.one_to_many import OneToMany
from bench.nets.parts.bridge import Bridge
from bench.nets.parts.dropout import DropoutAtEnds, no_dropout
from bench.nets.parts.stack import Stack
from bench.nets.parts.stopping import StoppingRule

START = 7.0


class Normalised(Cell):
    """State: a normaliser that starts at 7 and obeys a law, a matrix, and the output, which stands last."""

    state_leaves = (Leaf("n", Kind.FIXED), Leaf("memory", Kind.FREE), Leaf("h", Kind.OUTPUT))

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.read = nn.Linear(input_size, hidden_size)

    def init_state(self, batch_size, like):
        size = self.hidden_size
        return like.new_full((batch_size,), START), like.new_zeros(batch_size, size, 2), like.new_zeros(batch_size, size)

    def step(self, x_BI, state):
        n_B, memory_BHK, _ = state
        memory_BHK = memory_BHK + self.read(x_BI).unsqueeze(2)
        h_BH = (memory_BHK.sum(2) / n_B.unsqueeze(1)).tanh()
        return h_BH, (n_B + 1, memory_BHK, h_BH)


class Undeclared(Normalised):
    state_leaves = (Leaf("h", Kind.OUTPUT),)


def stack(cell=Normalised, *, hidden_size=4, depth=2, direction="forward"):
    kind = {"direction": direction, "dropout": no_dropout()}
    return Stack(cell, input_size=3, hidden_size=hidden_size, depth=depth, **kind)


def last(encoder, rows=5):
    torch.manual_seed(1)
    _, state = encoder.scan(torch.randn(rows, 6, 3), encoder.init_state(rows, torch.zeros(1)))
    return state


@pytest.mark.parametrize(("direction", "hidden_size", "depth"), [("bidirectional", 4, 1), ("forward", 6, 2), ("forward", 6, 1)])
def test_a_fixed_leaf_starts_as_the_cell_says_and_the_others_are_mapped_flat(direction, hidden_size, depth):
    encoder, decoder = stack(hidden_size=hidden_size, depth=depth, direction=direction), stack()
    start = decoder.init_state(5, torch.zeros(1))
    state = Bridge(encoder, decoder)(last(encoder), start)
    for n_B, memory_BHK, h_BH in map(branches, branches(state)):
        assert n_B.tolist() == [START] * 5
        assert memory_BHK.shape == (5, 4, 2) and memory_BHK.abs().sum() > 0
        assert h_BH.abs().max() < 1 and h_BH.abs().sum() > 0


def test_the_state_of_an_equal_cell_is_passed_on_whole():
    encoder, decoder = stack(), stack()
    state = last(encoder)
    passed = Bridge(encoder, decoder)(state, decoder.init_state(5, torch.zeros(1)))
    assert all(ours.equal(theirs) for ours, theirs in zip(leaves(passed), leaves(state), strict=True))


@pytest.mark.parametrize("context", ["initial_state", "both", "every_step"])
def test_one_to_many_leaves_a_fixed_leaf_alone(context):
    net = OneToMany(
        make_stack=lambda size: Stack(Normalised, input_size=size, hidden_size=4, depth=2, direction="forward", **PLAIN),
        sizes={"features": 3, "vocabulary": 5, "start": 1, "end": 2},
        embedding_size=3,
        context=context,
        stopping=StoppingRule("end_symbol", 9),
        dropout=DropoutAtEnds(0.0, 0.0),
    )
    target_BT = torch.tensor([[3, 4, 2]] * 5)
    batch = SimpleNamespace(features_BF=torch.randn(5, 3), target_BT=target_BT, target_lengths_B=torch.full((5,), 3))
    (_, state, _) = branches(net.start(batch))
    for n_B, memory_BHK, h_BH in map(branches, branches(state)):
        assert n_B.tolist() == [START] * 5
        assert (memory_BHK.abs().sum() > 0) == (h_BH.abs().sum() > 0) == (context != "every_step")
        assert h_BH.abs().max() < 1
    assert net.loss(batch, None)[0][0].isfinite()


PLAIN = {"dropout": no_dropout()}


def test_a_cell_that_declares_other_leaves_than_it_keeps_is_told_so():
    with pytest.raises(Refusal, match=r"^A cell of the class Undeclared keeps 3 tensors, not 1: give its class state_leaves"):
        Bridge(stack(Undeclared), stack(Undeclared))
