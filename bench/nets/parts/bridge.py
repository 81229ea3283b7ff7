"""From the last state of an encoder to the first state of a decoder of any cell, depth and size.

    s_l = tanh(W_l [s_fwd ; s_bwd])        for a leaf that is an output h; without tanh for any other (an LSTM's c)

Decoder layer l takes from encoder layer l; a deeper decoder takes its further layers from the last. Where nothing has to
change (one direction, equal leaves and sizes) the state is passed on as it is (Sutskever et al. 2014, arXiv:1409.3215); else
by a learned map, which joins both directions (Bahdanau et al. 2014, arXiv:1409.0473, appendix A.2.2, uses the backward one
alone). A leaf that the encoder's cell does not have is made from its output.
"""

from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.state import State, branches
from bench.nets.parts.stack import Stack


class Route(NamedTuple):
    """Where one leaf of the decoder's state comes from: a leaf of the encoder's, through map number `through` or as it is."""

    layer: int
    leaf: int
    through: int | None


class Bridge(nn.Module):
    """Maps the state of `encoder` (any direction) to one of `decoder` (forward)."""

    def __init__(self, encoder: Stack, decoder: Stack) -> None:
        super().__init__()
        self.bidirectional = encoder.bidirectional
        self.shape = decoder.init_state(1, torch.zeros(1))
        self.maps = nn.ParameterList()
        given = _layers(encoder.init_state(1, torch.zeros(1)), self.bidirectional)
        self.routes = [
            [self._route(given, layer, place, size=leaf.size(1)) for place, leaf in enumerate(leaves)]
            for layer, leaves in enumerate(_layers(self.shape, False))
        ]

    def _route(self, given: list[list[Tensor]], layer: int, place: int, *, size: int) -> Route:
        layer = min(layer, len(given) - 1)
        place = place if place < len(given[layer]) else 0
        width = given[layer][place].size(1)
        if width == size and not self.bidirectional:
            return Route(layer, place, None)
        self.maps.append(nn.Parameter(torch.empty(size, width).uniform_(-1, 1) / sqrt(width)))
        return Route(layer, place, len(self.maps) - 1)

    def forward(self, state: State) -> State:
        given = _layers(state, self.bidirectional)
        leaves = [self._follow(route, given, place) for routes in self.routes for place, route in enumerate(routes)]
        return _like(self.shape, iter(leaves))

    def _follow(self, route: Route, given: list[list[Tensor]], place: int) -> Tensor:
        leaf = given[route.layer][route.leaf]
        if route.through is None:
            return leaf
        mapped = F.linear(leaf, self.maps[route.through]).to(leaf.dtype)
        return mapped.tanh() if place == 0 else mapped


def _layers(state: State, bidirectional: bool) -> list[list[Tensor]]:
    """The leaves of each layer; those of two directions side by side."""
    if not bidirectional:
        return [_leaves(layer) for layer in branches(state)]
    pairs = [[_leaves(direction) for direction in branches(layer)] for layer in branches(state)]
    return [[torch.cat(both, 1) for both in zip(*pair, strict=True)] for pair in pairs]


def _leaves(state: State) -> list[Tensor]:
    return [state] if isinstance(state, Tensor) else [leaf for part in state for leaf in _leaves(part)]


def _like(shape: State, leaves: Iterator[Tensor]) -> State:
    return next(leaves) if isinstance(shape, Tensor) else tuple(_like(part, leaves) for part in shape)
