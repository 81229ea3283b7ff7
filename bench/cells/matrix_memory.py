"""What the cells share whose memory is a matrix a head: heads, the projections of the input, and how the memory is read out.

    S_t from S_{t-1} and o_t from it as in `bench.cells.scan.matrix_memory`, each head by itself
    y_t = s * o_t / sqrt(mean o_t^2 + 1e-5)             of each head; one scale s for all of them

A cell says what it reads: queries, keys, values, decays, rates. Some of the papers normalise heads by layer or group
normalisation, some in their gated output; here all do as above, so that cells differ in their recurrence. The convolution,
the output gate and the output projection around it are those of a block (`bench.nets.parts.mixer`).
"""

from collections.abc import Sequence
from math import sqrt
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.ranges import in_heads
from bench.cells.scan.deferred import linear
from bench.cells.scan.matrix_memory import Read, remember, remember_all
from bench.cells.scan.padding import valid_mask, without_padding, zero_padding
from bench.cells.state import Kind, Leaf, State, leaf

EPSILON = 1e-5
SMALLEST_LOG = -100.0  # of a decay: what is left after it is less than any float32


class MatrixMemory(Cell):
    """State: S_BAKD. Axes: A heads, K `keys` and D `values` of a head. `rows`: of `weight_ih`, block by block."""

    state_leaves: ClassVar[tuple[Leaf, ...]] = (Leaf("S", Kind.FREE),)
    multiple_of = "heads"
    undecayed: ClassVar[tuple[str, ...]] = ("scale",)
    normed: ClassVar[bool] = True
    """Whether what a head reads is normalised."""

    def __init__(self, input_size: int, hidden_size: int, *, heads: int, keys: int | None, rows: Sequence[int]) -> None:
        super().__init__(input_size, hidden_size)
        self.values = in_heads(hidden_size, heads)
        self.heads, self.keys, self.rows = heads, self.values if keys is None else keys, list(rows)
        self.weight_ih = nn.Parameter(torch.empty(sum(rows), input_size))
        nn.init.uniform_(self.weight_ih, -1 / sqrt(input_size), 1 / sqrt(input_size))
        self.scale = nn.Parameter(torch.ones(self.values)) if self.normed else None

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, self.heads, self.keys, self.values)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        S_BAKD = leaf(state)
        read = self.read(x_BI, S_BAKD.dtype)
        o_BAD, S_BAKD = remember(read, S_BAKD)
        return self.written(o_BAD, read), S_BAKD

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        (S_BAKD,) = checked_states(self, x_BTI, state, lengths_B)
        read = self.read(without_padding(x_BTI, lengths_B), S_BAKD.dtype)
        with torch.autocast(x_BTI.device.type, enabled=False):
            o_BTAD, S_BAKD = remember_all(read if lengths_B is None else read.silent(lengths_B), S_BAKD)
            y_BTH = self.written(o_BTAD, read)
        return y_BTH if lengths_B is None else zero_padding(y_BTH, valid_mask(lengths_B, x_BTI)), S_BAKD

    def read(self, x: Tensor, kind: torch.dtype) -> Read:
        """What the input says, of rows or of sequences."""
        raise NotImplementedError

    def written(self, o: Tensor, read: Read) -> Tensor:
        """y, from what the heads found [.., A, D]."""
        return (o if self.scale is None else F.rms_norm(o, (self.values,), self.scale, EPSILON)).flatten(-2)

    def parts(self, x: Tensor, kind: torch.dtype) -> tuple[Tensor, ...]:
        """W x, cut as `rows` says."""
        return torch.split(linear(x, self.weight_ih).to(kind), self.rows, -1)

    def in_heads(self, *parts: Tensor) -> tuple[Tensor, ...]:
        """[.., A, K] of [.., A K]."""
        return tuple(torch.unflatten(part, -1, (self.heads, -1)) for part in parts)
