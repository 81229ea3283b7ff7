"""Attention to the last inputs, as a cell: a Transformer's, whose cache is its state and of fixed size.

    q_t, k_t, v_t = W x_t
    p_ts = softmax over s = t - window + 1 .. t of q_t' R_{t-s} k_s / sqrt K            of each head
    y_t = W_o [sum_s p_ts v_s of all heads]

Vaswani et al. 2017 (arXiv:1706.03762, section 3.2), looking back only and no further than the window (Beltagy et al. 2020,
arXiv:2004.05150, section 3.1). Positions are the rotation R of Su et al. 2021 (arXiv:2104.09864, section 3.2.2), which turns
pairs of units by the distance times 10000^(-2 i / K). A distance needs no clock: keys are kept as they are, and turned when
they are read.

With stack.block=residual and stack.mlp=4 it is a causal Transformer with normalisation first. The window is meant to be as long
as what is read, so it counts as memory; before a sequence's first input there is nothing to attend to.
"""

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.ranges import in_heads
from bench.cells.rotation import turned
from bench.cells.scan.deferred import linear
from bench.cells.scan.padding import beside, last_inputs, valid_mask, without_padding, zero_padding
from bench.cells.state import Kind, Leaf, State, branches, leaf
from bench.errors import Refusal


class WindowAttention(Cell):
    """Rows of `weight_ih`: q, k, v, in blocks of H. Axes: A heads, P = window - 1 past inputs, S past and present ones.

    State: k and v of the past, the oldest first, [B, P, H]; how many of them there are, [B, 1].
    """

    state_leaves = (Leaf("keys", Kind.FIXED), Leaf("values", Kind.FIXED), Leaf("count", Kind.FIXED))
    multiple_of = "heads"
    variants = ({}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int, window: int) -> None:
        super().__init__(input_size, hidden_size)
        in_heads(hidden_size, heads)
        if window < 2:
            raise Refusal(f"cell.window={window!r} is refused: give an integer of at least 2.")
        self.heads, self.past = heads, window - 1
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size).uniform_(-1, 1) / sqrt(input_size))
        self.weight_out = nn.Parameter(torch.empty(hidden_size, hidden_size).uniform_(-1, 1) / sqrt(hidden_size))

    def init_state(self, batch_size: int, like: Tensor) -> State:
        keys, values = (like.new_zeros(batch_size, self.past, self.hidden_size) for _ in range(2))
        return keys, values, like.new_zeros(batch_size, 1)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        y_BTH, after = self._attend(x_BI.unsqueeze(1), tuple(map(leaf, branches(state))), None)
        return y_BTH.squeeze(1), after

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        y_BTH, after = self._attend(without_padding(x_BTI, lengths_B), states, lengths_B)
        return y_BTH if lengths_B is None else zero_padding(y_BTH, valid_mask(lengths_B, x_BTI)), after

    def _attend(self, x_BTI: Tensor, state: tuple[Tensor, ...], lengths_B: Tensor | None) -> tuple[Tensor, State]:
        keys_BPH, values_BPH, count_B1 = state
        batch_size, steps = x_BTI.shape[:2]
        rows_MG = linear(x_BTI.flatten(0, 1), self.weight_ih).to(keys_BPH.dtype)
        q_BTH, k_BTH, v_BTH = rows_MG.view(batch_size, steps, -1).chunk(3, 2)
        k_BSH, v_BSH = torch.cat([keys_BPH, k_BTH], 1), torch.cat([values_BPH, v_BTH], 1)
        with torch.autocast(x_BTI.device.type, enabled=False):
            q, k, v = (torch.unflatten(part, 2, (self.heads, -1)).transpose(1, 2) for part in (q_BTH, k_BSH, v_BSH))
            turned_k = turned(k, 0)
            o_BATD = F.scaled_dot_product_attention(turned(q, self.past), turned_k, v, self._seen(count_B1, steps))
            o_BTH = o_BATD.transpose(1, 2).flatten(2)
        y_MH = linear(o_BTH.flatten(0, 1), self.weight_out).to(o_BTH.dtype)
        added = steps if lengths_B is None else beside(lengths_B, x_BTI).unsqueeze(1)
        after = (last_inputs(k_BSH, self.past, lengths_B), last_inputs(v_BSH, self.past, lengths_B))
        return y_MH.view(batch_size, steps, -1), (*after, (count_B1 + added).clamp(max=self.past))

    def _seen(self, count_B1: Tensor, steps: int) -> Tensor:
        """Which of the past and present inputs each step attends to [B, 1, T, S]."""
        step_T1 = torch.arange(steps, device=count_B1.device).unsqueeze(1)
        place_S = torch.arange(self.past + steps, device=count_B1.device)
        in_window_TS = (place_S >= step_T1) & (place_S <= step_T1 + self.past)
        present_BS = place_S > self.past - count_B1 - 0.5
        return (present_BS.unsqueeze(1) & in_window_TS).unsqueeze(1)
