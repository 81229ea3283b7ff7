"""The Markov assumption: the output sees the last tau inputs, and nothing before them.

    h_t = tanh(sum_{k=0..tau-1} W_k x_{t-k} + b)

An n-gram model with a perceptron for its table (n = tau + 1 when it predicts the next input), as in Bengio et al. 2003, "A
neural probabilistic language model" (JMLR 3, pages 1137 to 1155), whose hidden layer this is; as a network over time it is
the time-delay network of Waibel et al. 1989 (doi 10.1109/29.21701). What came tau steps ago is forgotten exactly, and nothing
is forgotten earlier: the opposite of a recurrent state. In layers the windows add up: depth d sees d (tau - 1) + 1 inputs.

Its state is the last tau - 1 inputs, zeros before the first: carrying it over makes two windows of a text one. It looks back
only. Run in both directions it would be a window around the present, another model: `bench.config.schema` refuses that.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import last_inputs, valid_mask, zero_padding
from bench.cells.state import Kind, Leaf, State, leaf
from bench.errors import Refusal


class Window(Cell):
    """Columns of the weight: x_{t-tau+1}, .., x_t, in blocks of I. State: the first tau - 1 of them, side by side."""

    state_leaves = (Leaf("past", Kind.FIXED),)
    has_memory = False
    variants = ({}, {"tau": 2})

    def __init__(self, input_size: int, hidden_size: int, *, tau: int) -> None:
        super().__init__(input_size, hidden_size)
        if tau < 2:
            raise Refusal(f"cell.tau={tau!r} is refused: give an integer of at least 2 (cell=feedforward sees one input).")
        self.tau = tau
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, tau * input_size))
        self.bias = nn.Parameter(torch.zeros(hidden_size))
        nn.init.uniform_(self.weight_ih, -1 / sqrt(tau * input_size), 1 / sqrt(tau * input_size))

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, (self.tau - 1) * self.input_size)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        past_BP = leaf(state)
        seen_BP = torch.cat([past_BP, x_BI.to(past_BP.dtype)], 1)
        h_BH = linear(seen_BP, self.weight_ih, self.bias).tanh()
        return h_BH, seen_BP[:, self.input_size :]

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        """All windows side by side, so that it is one product."""
        (past_BP,) = checked_states(self, x_BTI, state, lengths_B)
        valid_BT = None if lengths_B is None else valid_mask(lengths_B, x_BTI)
        if valid_BT is not None:
            x_BTI = zero_padding(x_BTI, valid_BT)
        past_BKI = past_BP.view(x_BTI.size(0), self.tau - 1, self.input_size)
        seen_BKI = torch.cat([past_BKI, x_BTI.to(past_BP.dtype)], 1)
        windows_BTP = torch.cat([seen_BKI[:, k : k + x_BTI.size(1)] for k in range(self.tau)], 2)
        y_BTH = linear(windows_BTP, self.weight_ih, self.bias).tanh()
        last_BP = last_inputs(seen_BKI, self.tau - 1, lengths_B).flatten(1)
        return y_BTH if valid_BT is None else zero_padding(y_BTH, valid_BT), last_BP
