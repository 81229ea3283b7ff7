"""Long short-term memory whose gates also see the memory itself, through "peepholes": one weight a unit.

    i_t = sigma(W_i x_t + U_i h_{t-1} + p_i * c_{t-1} + b_i)
    f_t = sigma(W_f x_t + U_f h_{t-1} + p_f * c_{t-1} + b_f)
    c_t = f_t * c_{t-1} + i_t * tanh(W_g x_t + U_g h_{t-1} + b_g)
    o_t = sigma(W_o x_t + U_o h_{t-1} + p_o * c_t + b_o)
    h_t = o_t * tanh(c_t)

Equations 7 to 11 of Graves 2013, "Generating sequences with recurrent neural networks" (arXiv:1308.0850), whose peephole
matrices are diagonal, as in Gers and Schmidhuber 2000 (doi 10.1109/IJCNN.2000.861302). The output gate sees the new memory,
the other two the old one. Peepholes start at 0: the cell starts as `bench.cells.lstm`, with one bias in place of its two.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states, finite
from bench.cells.initialise import initialise
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.steps import Product, Rows, Steps, Views, sigmoid_backward, tanh_backward
from bench.cells.state import Kind, Leaf, State, branches, leaf


class LSTMPeephole(Cell):
    """Rows of the weights: i, f, g, o, in blocks of H; of the peepholes: i, f, o. State: (h_BH, c_BH)."""

    state_leaves = (Leaf("h", Kind.OUTPUT), Leaf("c", Kind.FREE))

    def __init__(self, input_size: int, hidden_size: int, *, recurrent_init: str, forget_bias: float) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.peephole = nn.Parameter(torch.empty(3, hidden_size))
        self.bias = nn.Parameter(torch.empty(4 * hidden_size))
        initialise(self.weight_ih, self.weight_hh, biases=[self.bias, self.peephole], recurrent_init=recurrent_init)
        with torch.no_grad():
            self.bias[hidden_size : 2 * hidden_size] = finite("cell.forget_bias", forget_bias)

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, self.hidden_size), like.new_zeros(batch_size, self.hidden_size)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH, c_BH = map(leaf, branches(state))
        p_i, p_f, p_o = self.peephole
        i_BH, f_BH, g_BH, o_BH = (linear(x_BI, self.weight_ih, self.bias) + linear(h_BH, self.weight_hh)).chunk(4, 1)
        i_BH, f_BH = torch.sigmoid(i_BH + p_i * c_BH), torch.sigmoid(f_BH + p_f * c_BH)
        c_BH = f_BH * c_BH + i_BH * g_BH.tanh()
        h_BH = torch.sigmoid(o_BH + p_o * c_BH) * c_BH.tanh()
        return h_BH, (h_BH, c_BH)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        weights = bptt.Weights(self.weight_ih, self.bias, (self.weight_hh,), (self.peephole,))
        return bptt.scan(_Steps, x_BTI, states=states, weights=weights, lengths_B=lengths_B)


class _Steps(Steps):
    """Gates: all; i and f; i; f; g; o. Kept: tanh(c)."""

    blocks = ((0, 4), (0, 2), (0, 1), (1, 2), (2, 3), (3, 4))

    def __init__(self, products: Sequence[Product], vectors: Sequence[Tensor]) -> None:
        super().__init__(products, vectors)
        self.peepholes = vectors[0].unbind()

    @staticmethod
    def widths(hidden_size: int) -> tuple[int, ...]:
        return (hidden_size,)

    def forward(self, rows: Rows) -> None:
        (a, i_and_f, i, f, g, o), (h, c), (h_after, c_after), (squashed,) = rows
        p_i, p_f, p_o = self.peepholes
        self.products[0].add(a, h)
        i.addcmul_(c, p_i)
        f.addcmul_(c, p_f)
        i_and_f.sigmoid_()
        g.tanh_()
        torch.mul(f, c, out=c_after).addcmul_(i, g)
        o.addcmul_(c_after, p_o).sigmoid_()
        torch.mul(o, torch.tanh(c_after, out=squashed), out=h_after)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        (_, i_and_f, i, f, g, o), (_, c), _, (squashed,) = rows
        (d, d_i_and_f, d_i, d_f, d_g, d_o), (dh, dc) = local, errors
        p_i, p_f, p_o = self.peepholes
        torch.mul(dh, squashed, out=d_o)
        sigmoid_backward(d_o, o, grad_input=d_o)
        torch.mul(dh, o, out=d_g)
        dc.add_(tanh_backward(d_g, squashed, grad_input=d_g)).addcmul_(d_o, p_o)
        torch.mul(dc, g, out=d_i)
        torch.mul(dc, c, out=d_f)
        sigmoid_backward(d_i_and_f, i_and_f, grad_input=d_i_and_f)
        torch.mul(dc, i, out=d_g)
        tanh_backward(d_g, g, grad_input=d_g)
        dc.mul_(f).addcmul_(d_i, p_i).addcmul_(d_f, p_f)
        self.products[0].put(dh, d)

    def vector_gradients(self, rows: Rows, local: Views) -> list[Tensor]:
        (_, c), (_, c_after) = rows.before, rows.after
        _, _, d_i, d_f, _, d_o = local
        return [torch.stack([torch.mul(*pair).sum(0) for pair in ((d_i, c), (d_f, c), (d_o, c_after))])]
