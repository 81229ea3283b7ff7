"""From the last state of an encoder to the first state of a decoder of any cell, depth and size.

    s_l = tanh(W_l [s_fwd ; s_bwd])        for a leaf that is an output h; without tanh for any other (an LSTM's c)

Decoder layer l takes from encoder layer l; a deeper decoder takes its further layers from the last. Where nothing has to
change (one direction, equal leaves and sizes) the state is passed on as it is (Sutskever et al. 2014, arXiv:1409.3215); else
by a learned map, which joins both directions (Bahdanau et al. 2014, arXiv:1409.0473, appendix A.2.2, uses the backward one
alone). A leaf that the encoder's cell does not have is made from its output.
"""

from collections.abc import Iterator
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import State, branches
from bench.stack import Stack


class Bridge(nn.Module):
    """Maps the state of `encoder` (any direction) to one of `decoder` (forward)."""

    def __init__(self, encoder: Stack, decoder: Stack) -> None:
        super().__init__()
        self.bidirectional = encoder.bidirectional
        with torch.no_grad():
            given = _layers(encoder.init_state(1, torch.zeros(1)), self.bidirectional)
            wanted = _layers(decoder.init_state(1, torch.zeros(1)), False)
        self.origin = [[_origin(given, layer, place) for place in range(len(leaves))] for layer, leaves in enumerate(wanted)]
        self.shape = decoder.init_state(1, torch.zeros(1))
        self.passed = [
            [
                given[layer][place].size(1) == leaf.size(1) and not self.bidirectional
                for (layer, place), leaf in zip(o, w, strict=True)
            ]
            for o, w in zip(self.origin, wanted, strict=True)
        ]
        self.maps = nn.ParameterList(
            nn.Parameter(_uniform(leaf.size(1), given[layer][place].size(1)))
            for origins, leaves, passed in zip(self.origin, wanted, self.passed, strict=True)
            for (layer, place), leaf, as_it_is in zip(origins, leaves, passed, strict=True)
            if not as_it_is
        )

    def forward(self, state: State) -> State:
        given = _layers(state, self.bidirectional)
        maps = iter(self.maps)
        made: list[Tensor] = []
        for origins, passed in zip(self.origin, self.passed, strict=True):
            for place, ((layer, source), as_it_is) in enumerate(zip(origins, passed, strict=True)):
                leaf = given[layer][source]
                if not as_it_is:
                    leaf = F.linear(leaf, next(maps)).to(leaf.dtype)
                    leaf = torch.tanh(leaf) if place == 0 else leaf
                made.append(leaf)
        return _like(self.shape, iter(made))


def _layers(state: State, bidirectional: bool) -> list[list[Tensor]]:
    """The leaves of each layer; those of two directions side by side."""
    if not bidirectional:
        return [_leaves(layer) for layer in branches(state)]
    pairs = [[_leaves(direction) for direction in branches(layer)] for layer in branches(state)]
    return [[torch.cat(both, 1) for both in zip(*pair, strict=True)] for pair in pairs]


def _leaves(state: State) -> list[Tensor]:
    return [state] if isinstance(state, Tensor) else [leaf for part in state for leaf in _leaves(part)]


def _origin(given: list[list[Tensor]], layer: int, place: int) -> tuple[int, int]:
    layer = min(layer, len(given) - 1)
    return layer, place if place < len(given[layer]) else 0


def _like(shape: State, leaves: Iterator[Tensor]) -> State:
    return next(leaves) if isinstance(shape, Tensor) else tuple(_like(part, leaves) for part in shape)


def _uniform(rows: int, columns: int) -> Tensor:
    return torch.empty(rows, columns).uniform_(-1, 1) / sqrt(columns)
