"""The bridge layer by layer: which leaf of the decoder's state comes from which leaf of the encoder's, and how."""

from collections.abc import Callable

import pytest
import torch
from states import leaves
from torch import Tensor

from bench.cells.cell import Cell
from bench.cells.gru import GRU
from bench.cells.lstm import LSTM
from bench.cells.state import State, map_state
from bench.nets.parts.bridge import Bridge
from bench.nets.parts.dropout import no_dropout
from bench.nets.parts.stack import DIRECTIONS, Stack

ROWS, ENCODER_SIZE, DECODER_SIZE = 3, 4, 6
DEPTHS = [(3, 3), (3, 2), (2, 4)]
MakeCell = Callable[[int, int], Cell]


def lstm(input_size: int, hidden_size: int) -> Cell:
    return LSTM(input_size, hidden_size, recurrent_init="uniform", forget_bias=1.0)


def gru(input_size: int, hidden_size: int) -> Cell:
    return GRU(input_size, hidden_size, recurrent_init="uniform")


def stack(make_cell: MakeCell, *, depth: int, direction: str = "forward", hidden_size: int = ENCODER_SIZE) -> Stack:
    sizes = {"input_size": 5, "hidden_size": hidden_size, "depth": depth}
    return Stack(make_cell, **sizes, direction=direction, dropout=no_dropout())


def random_state(of: Stack) -> State:
    return map_state(torch.randn_like, start(of))


def start(of: Stack) -> State:
    return of.init_state(ROWS, torch.zeros(1))


def by_layer(state: State) -> list[list[Tensor]]:
    """The leaves of each layer; of two directions, one after the other."""
    assert isinstance(state, tuple)
    return [leaves(layer) for layer in state]


@pytest.mark.parametrize("make_cell", [lstm, gru])
@pytest.mark.parametrize(("encoder_depth", "decoder_depth"), DEPTHS)
def test_where_nothing_has_to_change_each_layer_hands_its_state_on(
    make_cell: MakeCell, encoder_depth: int, decoder_depth: int
) -> None:
    """A deeper decoder takes its further layers from the last."""
    encoder, decoder = stack(make_cell, depth=encoder_depth), stack(make_cell, depth=decoder_depth)
    state = random_state(encoder)
    encoder_layers, bridged = by_layer(state), by_layer(Bridge(encoder, decoder)(state, start(decoder)))
    assert len(bridged) == decoder_depth
    for layer, received in enumerate(bridged):
        for ours, theirs in zip(received, encoder_layers[min(layer, encoder_depth - 1)], strict=True):
            assert torch.equal(ours, theirs)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("encoder_depth", "decoder_depth"), DEPTHS)
@pytest.mark.parametrize(("encoder_cell", "decoder_cell"), [(lstm, lstm), (gru, lstm), (lstm, gru)])
def test_a_leaf_moves_with_its_own_leaf_of_its_own_layer_alone(
    encoder_cell: MakeCell, decoder_cell: MakeCell, encoder_depth: int, decoder_depth: int, direction: str
) -> None:
    """In both directions; an h with h, a c with c, and a c that the encoder does not have with its h."""
    encoder = stack(encoder_cell, depth=encoder_depth, direction=direction)
    decoder = stack(decoder_cell, depth=decoder_depth, hidden_size=DECODER_SIZE)
    bridge = Bridge(encoder, decoder)
    state = random_state(encoder)
    before = by_layer(bridge(state, start(decoder)))
    kinds = len(leaves(encoder_cell(1, 1).init_state(1, torch.zeros(1))))
    for index in range(len(leaves(state))):
        moved = [leaf.clone() for leaf in leaves(state)]
        moved[index] += 1.0
        filled = iter(moved)
        after = by_layer(bridge(map_state(lambda _, filled=filled: next(filled), state), start(decoder)))
        layer, kind = index // (len(moved) // encoder_depth), index % kinds
        changed = [[not torch.equal(*pair) for pair in zip(*layers, strict=True)] for layers in zip(before, after, strict=True)]
        expected = [
            [
                min(own_layer, encoder_depth - 1) == layer and (own_kind if own_kind < kinds else 0) == kind
                for own_kind in range(len(received))
            ]
            for own_layer, received in enumerate(before)
        ]
        assert changed == expected


def test_an_output_is_a_squashed_linear_map_and_a_memory_a_linear_one() -> None:
    """s = tanh(W [forward ; backward]) is W [..] of twice the state, halved; a c is so without tanh."""
    encoder = stack(lstm, depth=2, direction="bidirectional")
    decoder = stack(lstm, depth=2, hidden_size=DECODER_SIZE)
    bridge = Bridge(encoder, decoder)
    state = map_state(lambda leaf: 0.3 * leaf, random_state(encoder))
    once = by_layer(bridge(state, start(decoder)))
    twice = by_layer(bridge(map_state(lambda leaf: 2 * leaf, state), start(decoder)))
    for (h_BH, c_BH), (twice_h_BH, twice_c_BH) in zip(once, twice, strict=True):
        torch.testing.assert_close(twice_h_BH.atanh(), 2 * h_BH.atanh(), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(twice_c_BH, 2 * c_BH, rtol=1e-4, atol=1e-5)
        assert h_BH.any() and c_BH.any()
