"""Long short-term memory with a forget gate and without peepholes: the form of cuDNN and of torch.nn.LSTM.

    i_t = sigma(W_i x_t + U_i h_{t-1} + b_i)        f_t = sigma(W_f x_t + U_f h_{t-1} + b_f)
    g_t = tanh(W_g x_t + U_g h_{t-1} + b_g)         o_t = sigma(W_o x_t + U_o h_{t-1} + b_o)
    c_t = f_t * c_{t-1} + i_t * g_t                 h_t = o_t * tanh(c_t)

Hochreiter and Schmidhuber 1997 (doi 10.1162/neco.1997.9.8.1735); the forget gate is Gers et al. 2000 (doi
10.1162/089976600300015015); equations 7 to 11 of Graves 2013 (arXiv:1308.0850) are these plus peephole terms, which are
*not* here. Each b is the sum of torch.nn.LSTM's two; its layer computes the same function and serves as storage and as
fused scan.

Ragged rows. c is not among the outputs, so the state after a row's last valid step cannot be picked from them. A packed
sequence gives it, but on a CPU packing loses the fast kernel (2 times slower at H = 128). There one input is
appended, 1 in the padding and 0 elsewhere, with fixed weights that push the input gate to 0 and the forget gate to 1:
c then passes through the padding unchanged, in values and in gradients.
"""

from math import isfinite

import torch
from torch import Tensor, nn

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.initialise import initialise
from bench.cells.scan.deferred import linear
from bench.cells.scan.packed import packing
from bench.cells.scan.padding import last_valid, valid_mask, zero_padding
from bench.cells.state import Kind, Leaf, State, branches, leaf
from bench.errors import Refusal

SHUT = 1e4  # a pre-activation at which the logistic function is exactly 0 or 1, also in float64 and bfloat16


class LSTM(Cell):
    """Rows of the weights: i, f, g, o, in blocks of H. State: (h_BH, c_BH).

    `forget_bias`: b_f at the start; 1 lets the memory last from the first step on.
    """

    state_leaves = (Leaf("h", Kind.OUTPUT), Leaf("c", Kind.FREE))

    def __init__(self, input_size: int, hidden_size: int, *, recurrent_init: str, forget_bias: float) -> None:
        super().__init__(input_size, hidden_size)
        if not isfinite(forget_bias):
            raise Refusal(f"cell.forget_bias={forget_bias!r} is refused: give a finite number.")
        self.lstm = nn.LSTM(input_size, hidden_size, batch_first=True)
        weight_GI, weight_GH, bias_G, recurrent_bias_G = self.lstm.all_weights[0]
        initialise(weight_GI, weight_GH, biases=[bias_G, recurrent_bias_G], recurrent_init=recurrent_init)
        with torch.no_grad():
            bias_G[hidden_size : 2 * hidden_size] = forget_bias

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return like.new_zeros(batch_size, self.hidden_size), like.new_zeros(batch_size, self.hidden_size)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH, c_BH = map(leaf, branches(state))
        weight_GI, weight_GH, bias_G, recurrent_bias_G = self.lstm.all_weights[0]
        gates_BG = linear(x_BI, weight_GI, bias_G) + linear(h_BH, weight_GH, recurrent_bias_G)
        i_BH, f_BH, g_BH, o_BH = gates_BG.chunk(4, 1)
        c_BH = f_BH.sigmoid() * c_BH + i_BH.sigmoid() * g_BH.tanh()
        h_BH = o_BH.sigmoid() * c_BH.tanh()
        return h_BH, (h_BH, c_BH)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        h_BH, c_BH = checked_states(self, x_BTI, state, lengths_B)
        if lengths_B is None:
            y_BTH, (h_1BH, c_1BH) = self.lstm(x_BTI, _with_layer_axis(h_BH, c_BH))
            return y_BTH, (h_1BH.squeeze(0).to(h_BH.dtype), c_1BH.squeeze(0).to(c_BH.dtype))
        scan_ragged = self._scan_padding if x_BTI.device.type == "cpu" else self._packed
        x_BTI = zero_padding(x_BTI, valid_mask(lengths_B, x_BTI))
        y_BTH, after_BH = scan_ragged(x_BTI, (h_BH, c_BH), lengths_B)
        return y_BTH, (last_valid(y_BTH, lengths_B, h_BH), after_BH.to(c_BH.dtype))

    def _scan_padding(self, x_BTI: Tensor, state: tuple[Tensor, Tensor], lengths_B: Tensor) -> tuple[Tensor, Tensor]:
        """(y_BTH, c_BH): one fused run over the padding, in which the memory is held."""
        valid_BT = valid_mask(lengths_B, x_BTI)
        weight_GI, *others = self.lstm.all_weights[0]
        hold_G = weight_GI.new_zeros(4, self.hidden_size)
        hold_G[0], hold_G[1] = -SHUT, SHUT
        weights = [torch.cat([weight_GI, hold_G.view(-1, 1)], 1), *others]
        x_BTI = torch.cat([x_BTI, (~valid_BT).unsqueeze(2).to(x_BTI.dtype)], 2)
        y_BTH, _, c_1BH = torch.lstm(
            x_BTI, _with_layer_axis(*state), weights, True, 1, 0.0, self.training, False, True
        )  # with biases, one layer, no dropout, ..., one direction, batch first
        return zero_padding(y_BTH, valid_BT), c_1BH.squeeze(0)

    def _packed(self, x_BTI: Tensor, state: tuple[Tensor, Tensor], lengths_B: Tensor) -> tuple[Tensor, Tensor]:
        """(y_BTH, c_BH): what cuDNN has kernels for. A row of length 0 takes no part."""
        rows = packing(x_BTI, lengths_B)
        h_BH, c_BH = map(rows.sort, state)
        running = rows.sizes[0] if rows.sizes else 0
        if not running:
            return self._scan_padding(x_BTI, state, lengths_B)
        y_MH, _, c_1NH = torch.lstm(
            rows.pack(x_BTI),
            torch.tensor(rows.sizes),
            _with_layer_axis(h_BH[:running], c_BH[:running]),
            list(self.lstm.all_weights[0]),
            True,
            1,
            0.0,
            self.training,
            False,
        )  # with biases, one layer, no dropout, ..., one direction
        c_BH = torch.cat([c_1NH.squeeze(0).to(c_BH.dtype), c_BH[running:]])
        return rows.unpack(y_MH), rows.unsort(c_BH)


def _with_layer_axis(h_BH: Tensor, c_BH: Tensor) -> tuple[Tensor, Tensor]:
    return h_BH.unsqueeze(0).contiguous(), c_BH.unsqueeze(0).contiguous()
