"""Long short-term memory whose sums are normalised over the units at each step.

    (i, f, g, o)_t = LN(W x_t) * s_x + LN(U h_{t-1}) * s_h + b
    c_t = sigma(f_t) * c_{t-1} + sigma(i_t) * tanh(g_t)
    h_t = sigma(o_t) * tanh(LN(c_t) * s_c + b_c)                    LN(v) = (v - mean v) / sqrt(var v + 1e-5)

Ba et al. 2016, "Layer normalization" (arXiv:1607.06450, equations 20 to 22). LN is over all four blocks together, as written
there, not gate by gate. Their three shifts of the sums (one in each LN, and b) add up to one, which is b here. Scales s start
at 1. It is not batch normalisation: a row is normalised by itself, at each step anew, in training and in evaluation alike.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import Cell
from bench.cells.checks import checked_states, finite
from bench.cells.initialise import initialise
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import valid_mask, zero_padding
from bench.cells.scan.steps import Product, Rows, Steps, Views, sigmoid_backward, tanh_backward
from bench.cells.state import Kind, Leaf, State, branches, leaf

EPSILON = 1e-5


class LayerNormLSTM(Cell):
    """Rows of the weights: i, f, o, g, in blocks of H. State: (h_BH, c_BH)."""

    state_leaves = (Leaf("h", Kind.OUTPUT), Leaf("c", Kind.FREE))

    def __init__(self, input_size: int, hidden_size: int, *, recurrent_init: str, forget_bias: float) -> None:
        super().__init__(input_size, hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.scale_ih, self.scale_hh = (nn.Parameter(torch.ones(4 * hidden_size)) for _ in range(2))
        self.bias = nn.Parameter(torch.empty(4 * hidden_size))
        self.scale_c, self.bias_c = nn.Parameter(torch.ones(hidden_size)), nn.Parameter(torch.zeros(hidden_size))
        initialise(self.weight_ih, self.weight_hh, biases=[self.bias], recurrent_init=recurrent_init)
        with torch.no_grad():
            self.bias[hidden_size : 2 * hidden_size] = finite("cell.forget_bias", forget_bias)

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, self.hidden_size), like.new_zeros(batch_size, self.hidden_size)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH, c_BH = map(leaf, branches(state))
        gates_BG = self._normalised_input(x_BI) + _layer_norm(linear(h_BH, self.weight_hh), self.scale_hh, None)
        i_BH, f_BH, o_BH, g_BH = gates_BG.chunk(4, 1)
        c_BH = f_BH.sigmoid() * c_BH + i_BH.sigmoid() * g_BH.tanh()
        h_BH = o_BH.sigmoid() * _layer_norm(c_BH, self.scale_c, self.bias_c).tanh()
        return h_BH, (h_BH, c_BH)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        if lengths_B is not None:
            x_BTI = zero_padding(x_BTI, valid_mask(lengths_B, x_BTI))
        vectors = (self.scale_hh, self.scale_c, self.bias_c)
        weights = bptt.Weights(None, None, (self.weight_hh,), vectors)
        gates_BTG = self._normalised_input(x_BTI.transpose(0, 1).contiguous()).transpose(0, 1)  # time first, as bptt wants it
        return bptt.scan(_Steps, gates_BTG, states=states, weights=weights, lengths_B=lengths_B)

    def _normalised_input(self, x: Tensor) -> Tensor:
        return _layer_norm(linear(x, self.weight_ih), self.scale_ih, self.bias)


def _layer_norm(v: Tensor, scale: Tensor, shift: Tensor | None) -> Tensor:
    return F.layer_norm(v, scale.shape, scale, shift, EPSILON)


class _Steps(Steps):
    """Gates: all; i, f and o; i; f; o; g. Kept: U h, its mean and 1 / deviation; the same two of c; tanh of its LN."""

    blocks = ((0, 4), (0, 3), (0, 1), (1, 2), (2, 3), (3, 4))

    def __init__(self, products: Sequence[Product], vectors: Sequence[Tensor]) -> None:
        super().__init__(products, vectors)
        self.errors_of_c: list[Tensor] = []  # dL/d(LN(c) * s_c + b_c), the last step first

    @staticmethod
    def widths(hidden_size: int) -> tuple[int, ...]:
        return 4 * hidden_size, 1, 1, 1, 1, hidden_size

    def forward(self, rows: Rows) -> None:
        (a, ifo, i, f, o, g), (h, c), (h_after, c_after), (product, mean, rate, mean_c, rate_c, squashed) = rows
        scale_h, scale_c, bias_c = self.vectors
        self.products[0].put(product, h)
        a.add_(_normalised(product, scale_h, None, (mean, rate)))
        ifo.sigmoid_()
        g.tanh_()
        torch.mul(f, c, out=c_after).addcmul_(i, g)
        torch.tanh(_normalised(c_after, scale_c, bias_c, (mean_c, rate_c)), out=squashed)
        torch.mul(o, squashed, out=h_after)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        (_, ifo, i, f, o, g), (_, c), (_, c_after), (product, mean, rate, mean_c, rate_c, squashed) = rows
        (d, d_ifo, d_i, d_f, d_o, d_g), (dh, dc) = local, errors
        scale_h, scale_c, _ = self.vectors
        torch.mul(dh, squashed, out=d_o)
        error_of_c = torch.mul(dh, o)
        tanh_backward(error_of_c, squashed, grad_input=error_of_c)
        self.errors_of_c.append(error_of_c)
        dc.add_(_backward(error_of_c, c_after, scale_c, (mean_c, rate_c), [True, False, False])[0])
        torch.mul(dc, g, out=d_i)
        torch.mul(dc, c, out=d_f)
        sigmoid_backward(d_ifo, ifo, grad_input=d_ifo)
        torch.mul(dc, i, out=d_g)
        tanh_backward(d_g, g, grad_input=d_g)
        dc.mul_(f)
        self.products[0].put(dh, _backward(d, product, scale_h, (mean, rate), [True, False, False])[0])

    def finish(self, rows: Rows, local: Views) -> None:
        """Once more for all rows, since the weight's product wants them together."""
        product, mean, rate, *_ = rows.kept
        self.d_product, self.d_scale, _ = _backward(local[0], product, self.vectors[0], (mean, rate), [True, True, False])

    def reads(self, rows: Rows, local: Views) -> list[tuple[Tensor, Tensor]]:
        return [(self.d_product, rows.before[0])]

    def vector_gradients(self, rows: Rows, local: Views) -> list[Tensor]:
        (_, c_after), (_, _, _, mean_c, rate_c, _) = rows.after, rows.kept
        error_MH = torch.cat(self.errors_of_c[::-1]) if self.errors_of_c else c_after
        _, d_scale_c, d_bias_c = _backward(error_MH, c_after, self.vectors[1], (mean_c, rate_c), [False, True, True])
        return [self.d_scale, d_scale_c, d_bias_c]


def _normalised(v: Tensor, scale: Tensor, shift: Tensor | None, statistics: tuple[Tensor, Tensor]) -> Tensor:
    """LN(v) * scale + shift; fills mean and 1 / deviation."""
    result, mean, rate = torch.native_layer_norm(v, scale.shape, scale, shift, EPSILON)
    statistics[0].copy_(mean)
    statistics[1].copy_(rate)
    return result


def _backward(
    error: Tensor, v: Tensor, scale: Tensor, statistics: tuple[Tensor, Tensor], needed: list[bool]
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of v, scale and shift, as far as `needed`. That of the shift does not depend on its value."""
    gradients: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.native_layer_norm_backward(
        error, v, scale.shape, *statistics, scale, scale, needed
    )
    return gradients
