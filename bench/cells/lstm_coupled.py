"""Long short-term memory whose input gate is what the forget gate leaves: i_t = 1 - f_t.

    f_t = sigma(W_f x_t + U_f h_{t-1} + b_f)        g_t = tanh(W_g x_t + U_g h_{t-1} + b_g)
    o_t = sigma(W_o x_t + U_o h_{t-1} + b_o)
    c_t = f_t * c_{t-1} + (1 - f_t) * g_t           h_t = o_t * tanh(c_t)

The variant CIFG of Greff et al. 2015, "LSTM: A search space odyssey" (arXiv:1503.04069), here *without* its peepholes.
c stays within the range of its candidates, as a GRU's h does, but is read through an output gate.
"""

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states, finite
from bench.cells.initialise import initialise
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.steps import Rows, Steps, Views, sigmoid_backward, tanh_backward
from bench.cells.state import Kind, Leaf, State, branches, leaf


class LSTMCoupled(Cell):
    """Rows of the weights: f, o, g, in blocks of H. State: (h_BH, c_BH)."""

    state_leaves = (Leaf("h", Kind.OUTPUT), Leaf("c", Kind.FREE))

    def __init__(self, input_size: int, hidden_size: int, *, recurrent_init: str, forget_bias: float) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(3 * hidden_size))
        initialise(self.weight_ih, self.weight_hh, biases=[self.bias], recurrent_init=recurrent_init)
        with torch.no_grad():
            self.bias[:hidden_size] = finite("cell.forget_bias", forget_bias)

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, self.hidden_size), like.new_zeros(batch_size, self.hidden_size)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH, c_BH = map(leaf, branches(state))
        f_BH, o_BH, g_BH = (linear(x_BI, self.weight_ih, self.bias) + linear(h_BH, self.weight_hh)).chunk(3, 1)
        f_BH, o_BH, g_BH = f_BH.sigmoid(), o_BH.sigmoid(), g_BH.tanh()
        c_BH = f_BH * c_BH + (1 - f_BH) * g_BH
        h_BH = o_BH * c_BH.tanh()
        return h_BH, (h_BH, c_BH)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        weights = bptt.Weights(self.weight_ih, self.bias, (self.weight_hh,))
        return bptt.scan(_Steps, x_BTI, states=states, weights=weights, lengths_B=lengths_B)


class _Steps(Steps):
    """Gates: all; f and o; f; o; g. Kept: tanh(c)."""

    blocks = ((0, 3), (0, 2), (0, 1), (1, 2), (2, 3))

    @staticmethod
    def widths(hidden_size: int) -> tuple[int, ...]:
        return (hidden_size,)

    def forward(self, rows: Rows) -> None:
        (a, fo, f, o, g), (h, c), (h_after, c_after), (squashed,) = rows
        self.products[0].add(a, h)
        fo.sigmoid_()
        g.tanh_()
        torch.lerp(g, c, f, out=c_after)
        torch.mul(o, torch.tanh(c_after, out=squashed), out=h_after)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        (_, fo, f, o, g), (_, c), _, (squashed,) = rows
        (d, d_fo, d_f, d_o, d_g), (dh, dc) = local, errors
        torch.mul(dh, squashed, out=d_o)
        torch.mul(dh, o, out=d_g)
        dc.add_(tanh_backward(d_g, squashed, grad_input=d_g))
        torch.sub(c, g, out=d_f).mul_(dc)
        sigmoid_backward(d_fo, fo, grad_input=d_fo)
        torch.addcmul(dc, dc, f, value=-1, out=d_g)
        tanh_backward(d_g, g, grad_input=d_g)
        dc.mul_(f)
        self.products[0].put(dh, d)
