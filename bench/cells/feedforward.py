"""Elman's network without the hidden-to-hidden term: a multi-layer perceptron applied to each input by itself.

    h_t = phi(W x_t + b)        phi = tanh or the rectifier max(0, .)

What is left of `bench.cells.elman` with U = 0: it remembers nothing, so the distance of any other cell from it is what memory
is worth on a task. Its state is its last output, which a net may read (as an encoder's summary, say) and it itself does not.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.ranges import one_of
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import last_valid, valid_mask, zero_padding
from bench.cells.state import State, leaf

NONLINEARITIES = ("tanh", "relu")


class Feedforward(Cell):
    looks_back = has_memory = False
    variants = ({}, {"nonlinearity": "relu"})

    def __init__(self, input_size: int, hidden_size: int, *, nonlinearity: str) -> None:
        super().__init__(input_size, hidden_size)
        self.nonlinearity = one_of("cell.nonlinearity", nonlinearity, NONLINEARITIES)
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, input_size))
        self.bias = nn.Parameter(torch.zeros(hidden_size))
        nn.init.uniform_(self.weight_ih, -1 / sqrt(hidden_size), 1 / sqrt(hidden_size))

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = self._output(x_BI).to(leaf(state).dtype)
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        (h_BH,) = checked_states(self, x_BTI, state, lengths_B)
        if lengths_B is None:
            y_BTH = self._output(x_BTI)
            return y_BTH, y_BTH[:, -1].to(h_BH.dtype)
        valid_BT = valid_mask(lengths_B, x_BTI)
        y_BTH = zero_padding(self._output(zero_padding(x_BTI, valid_BT)), valid_BT)
        return y_BTH, last_valid(y_BTH, lengths_B, h_BH)

    def _output(self, x: Tensor) -> Tensor:
        a = linear(x, self.weight_ih, self.bias)
        return a.tanh() if self.nonlinearity == "tanh" else a.relu()
