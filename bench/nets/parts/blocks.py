"""A stack whose layers are blocks: each adds to what it reads, and reads it normalised.

    u = x + dropout(mixer(rms(x)))                  the mixer is a cell with what `bench.nets.parts.mixer` puts around it
    v = u + dropout(W_2 gelu(W_1 rms(u)))           with stack.mlp; W_1 has mlp x H rows
    output = rms(v of the last layer)               rms(x) = s * x / sqrt(mean x^2 + 1e-5), s learned

Pre-norm and residual as in Xiong et al. 2020 (arXiv:2002.04745), the normalisation of Zhang and Sennrich 2019
(arXiv:1910.07467). An input of another width than the stack's enters through a linear map; an input of its width as it is. In
both directions the stream is 2 H wide, the output of the forward mixer is added to its first half, that of the backward one to
its second. `stack.dropout` acts on what a branch adds, in every layer.

Scales, biases and what a cell names `undecayed` are left out of weight decay.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import valid_mask, zero_padding
from bench.cells.state import State, branches
from bench.nets.parts.block_settings import BlockSettings
from bench.nets.parts.dropout import Dropout
from bench.nets.parts.mixer import Mixer, weight
from bench.nets.parts.stack import Stack

EPSILON = 1e-5


class Shape(NamedTuple):
    """Of a stack, as its arguments."""

    input_size: int
    hidden_size: int
    depth: int
    direction: str


class Blocks(Stack):
    """`block.block` is residual or gated."""

    def __init__(self, make_cell: Callable[[int, int], Cell], *, shape: Shape, block: BlockSettings, dropout: Dropout) -> None:
        def make_mixer(input_size: int, hidden_size: int) -> Cell:
            return Mixer(make_cell, input_size, hidden_size, block=block)

        width = 2 * shape.hidden_size if shape.direction == "bidirectional" else shape.hidden_size
        super().__init__(make_mixer, **shape._replace(input_size=width)._asdict(), dropout=dropout)
        self.input_size = shape.input_size
        self.entry = None if shape.input_size == width else weight(width, shape.input_size)
        self.mixer_norms = nn.ModuleList(Norm(width) for _ in range(shape.depth))
        units = round(block.mlp * shape.hidden_size)
        self.perceptrons = nn.ModuleList(Perceptron(width, units, dropout) for _ in range(shape.depth if units else 0))
        self.last_norm = Norm(width)

    @property
    def cell_class(self) -> type[Cell]:
        mixer = self.forward_cells[0]
        assert isinstance(mixer, Mixer)
        return type(mixer.cell)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        self._check_forward()
        stream_BW, after = self._entered(x_BI), []
        for layer, before in enumerate(branches(state)):
            y_BW, layer_state = self.forward_cells[layer].step(self.mixer_norms[layer](stream_BW), before)  # type: ignore[operator]
            stream_BW = self._added(layer, stream_BW, y_BW)
            after.append(layer_state)
        return self.last_norm(stream_BW), tuple(after)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        checked_states(self, x_BTI, state, lengths_B)
        valid_BT = None if lengths_B is None else valid_mask(lengths_B, x_BTI)
        scan_layer = self._scan_both if self.bidirectional else self._scan_forward
        stream_BTW, after = self._entered(x_BTI if valid_BT is None else zero_padding(x_BTI, valid_BT)), []
        for layer, before in enumerate(branches(state)):
            y_BTW, layer_state = scan_layer(layer, self.mixer_norms[layer](stream_BTW), before, lengths_B)
            stream_BTW = self._added(layer, stream_BTW, y_BTW)
            after.append(layer_state)
        y_BTW = self.last_norm(stream_BTW)
        return y_BTW if valid_BT is None else zero_padding(y_BTW, valid_BT), tuple(after)

    def _entered(self, x: Tensor) -> Tensor:
        return x if self.entry is None else linear(x, self.entry).to(x.dtype)

    def _added(self, layer: int, stream: Tensor, y: Tensor) -> Tensor:
        stream = stream + self.dropout(y)
        added: Tensor = self.perceptrons[layer](stream) if self.perceptrons else stream
        return added


class Norm(nn.Module):
    undecayed = ("scale",)

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = F.rms_norm(x, self.scale.shape, self.scale, EPSILON)
        return normed


class Perceptron(nn.Module):
    def __init__(self, width: int, units: int, dropout: Dropout) -> None:
        super().__init__()
        self.norm, self.dropout = Norm(width), dropout
        self.weight_in, self.weight_out = weight(units, width), weight(width, units)

    def forward(self, stream: Tensor) -> Tensor:
        inner = F.gelu(linear(self.norm(stream), self.weight_in))
        added: Tensor = self.dropout(linear(inner, self.weight_out).to(stream.dtype))
        return stream + added
