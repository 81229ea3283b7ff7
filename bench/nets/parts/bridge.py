"""From the last state of an encoder to the first state of a decoder of any cell, depth and size.

    s_l = tanh(W_l [s_fwd ; s_bwd])        for a leaf that is an output h; without tanh for a free one (an LSTM's c)

Decoder layer l takes from encoder layer l; a deeper decoder takes its further layers from the last. Where nothing has to
change (one direction, equal leaves and sizes) the state is passed on as it is (Sutskever et al. 2014, arXiv:1409.3215); else
by a learned map, which joins both directions (Bahdanau et al. 2014, arXiv:1409.0473, appendix A.2.2, uses the backward one
alone). A leaf that the encoder's cell does not have is made from its output; one that is fixed (`bench.cells.state.Kind`)
starts as the decoder's cell says, unless the whole state of an equal cell is passed on. A leaf of any shape is mapped flat.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.state import Kind, Leaf, State, branches, leaves, rebuilt
from bench.nets.parts.stack import Stack


class Route(NamedTuple):
    """Where one leaf of the decoder's state comes from: a leaf of the encoder's, through map number `through` or as it is."""

    layer: int
    leaf: int
    through: int | None
    kind: Kind


class Bridge(nn.Module):
    """Maps the state of `encoder` (any direction) to one of `decoder` (forward)."""

    def __init__(self, encoder: Stack, decoder: Stack) -> None:
        super().__init__()
        self.bidirectional = encoder.bidirectional
        self.maps = nn.ParameterList()
        self.routes: list[Route | None] = []
        encoder_layers = _layers(encoder.init_state(1, torch.zeros(1)), self.bidirectional)
        for layer, decoder_layer in enumerate(_layers(decoder.init_state(1, torch.zeros(1)), False)):
            source = min(layer, len(encoder_layers) - 1)
            alike = encoder.cell_class is decoder.cell_class and _widths(encoder_layers[source]) == _widths(decoder_layer)
            for leaf, width in zip(decoder.layer_leaves, _widths(decoder_layer), strict=True):
                if leaf.kind is Kind.FIXED and (self.bidirectional or not alike):
                    self.routes.append(None)
                    continue
                source_leaf = _origin(leaf, encoder.layer_leaves)
                through = self._through(encoder_layers[source][source_leaf].size(1), width)
                self.routes.append(Route(source, source_leaf, through, leaf.kind))

    def _through(self, size_in: int, size_out: int) -> int | None:
        """The number of a new map, where one is needed."""
        if size_in == size_out and not self.bidirectional:
            return None
        self.maps.append(nn.Parameter(torch.empty(size_out, size_in).uniform_(-1, 1) / sqrt(size_in)))
        return len(self.maps) - 1

    def forward(self, state: State, start: State) -> State:
        """`state` is the encoder's, `start` what the decoder starts from where it is told nothing."""
        encoder_layers = _layers(state, self.bidirectional)
        tensors = [
            self._follow(route, encoder_layers, tensor) for route, tensor in zip(self.routes, leaves(start), strict=True)
        ]
        return rebuilt(start, iter(tensors))

    def _follow(self, route: Route | None, encoder_layers: list[list[Tensor]], start: Tensor) -> Tensor:
        if route is None:
            return start
        leaf = encoder_layers[route.layer][route.leaf]
        if route.through is not None:
            leaf = F.linear(leaf, self.maps[route.through]).to(leaf.dtype)
            leaf = leaf.tanh() if route.kind is Kind.OUTPUT else leaf
        return leaf.reshape(start.shape)


def _origin(leaf: Leaf, encoder_leaves: Sequence[Leaf]) -> int:
    """Which of the leaves given makes this one: that of its name, else the output, else the first."""
    matches = [index for index, other in enumerate(encoder_leaves) if other.name == leaf.name]
    outputs = [index for index, other in enumerate(encoder_leaves) if other.kind is Kind.OUTPUT]
    return (*matches, *outputs, 0)[0]


def _layers(state: State, bidirectional: bool) -> list[list[Tensor]]:
    """The leaves of each layer, flat; those of two directions side by side."""
    if not bidirectional:
        return [_flat(layer) for layer in branches(state)]
    pairs = [[_flat(direction) for direction in branches(layer)] for layer in branches(state)]
    return [[torch.cat(directions, 1) for directions in zip(*pair, strict=True)] for pair in pairs]


def _flat(state: State) -> list[Tensor]:
    return [leaf.reshape(len(leaf), -1) for leaf in leaves(state)]


def _widths(flat: Sequence[Tensor]) -> list[int]:
    return [leaf.size(1) for leaf in flat]
