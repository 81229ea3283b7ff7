"""Elman's simple recurrent network: the output is the state.

    h_t = phi(W x_t + b + U h_{t-1} + b')        phi = tanh (elman) or the rectifier max(0, .) (elman_relu)

Elman 1990, "Finding structure in time", Cognitive Science 14 (doi 10.1207/s15516709cog1402_1), figure 2, where phi is
the logistic function; tanh is the later custom. With the rectifier and U = 1 at the start it is the IRNN of Le et al.
2015 (arXiv:1504.00941). Two biases as in torch.nn.RNN, which computes the same function and serves as storage and as
fused scan.

It is not Jordan's network, which feeds the *output layer* back.
"""

from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.initialise import initialise
from bench.cells.ranges import one_of
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import scan_padded
from bench.cells.state import State, leaf

NONLINEARITIES = ("tanh", "relu")


class Elman(Cell):
    variants = ({}, {"nonlinearity": "relu"})

    def __init__(self, input_size: int, hidden_size: int, *, nonlinearity: str, recurrent_init: str) -> None:
        super().__init__(input_size, hidden_size)
        self.nonlinearity = one_of("cell.nonlinearity", nonlinearity, NONLINEARITIES)
        self.rnn = nn.RNN(input_size, hidden_size, nonlinearity=nonlinearity, batch_first=True)
        weight_HI, weight_HH, *biases = self.rnn.all_weights[0]
        initialise(weight_HI, weight_HH, biases=biases, recurrent_init=recurrent_init)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH = leaf(state)
        weight_HI, weight_HH, bias_H, recurrent_bias_H = self.rnn.all_weights[0]
        sum_BH = linear(x_BI, weight_HI, bias_H) + linear(h_BH, weight_HH, recurrent_bias_H)
        h_BH = (sum_BH.tanh() if self.nonlinearity == "tanh" else sum_BH.relu()).to(h_BH.dtype)
        return h_BH, h_BH

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        (h_BH,) = checked_states(self, x_BTI, state, lengths_B)
        return scan_padded(self._fused, x_BTI, h_BH, lengths_B)

    def _fused(self, x_BTI: Tensor, h_BH: Tensor) -> tuple[Tensor, Tensor]:
        y_BTH, h_1BH = self.rnn(x_BTI, h_BH.unsqueeze(0).contiguous())
        return y_BTH, h_1BH.squeeze(0).to(h_BH.dtype)
