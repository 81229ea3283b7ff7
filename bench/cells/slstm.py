"""sLSTM, of xLSTM: an LSTM with an exponential input gate, a normaliser, and heads that mix only within themselves.

    i, f, z, o = W x_t + R h_{t-1} + b          R of `heads` blocks on the diagonal, of each gate
    c_t = f_t c_{t-1} + i_t tanh(z)             i_t = exp(i), f_t = sigma(f) or exp(f)
    n_t = f_t n_{t-1} + i_t
    h_t = sigma(o) c_t / n_t

Beck et al. 2024, "xLSTM: extended long short-term memory" (arXiv:2405.04517, equations 8 to 14), computed as in equations 15 to
17: m_t = max(log f_t + m_{t-1}, i), and c and n are kept e^m times smaller, which h does not see. Where n = 0, before the first
step, m_t = i. The paper clamps nothing, nor is anything clamped here. Of the published code, `xlstm` (backend vanilla) bounds
i' and f' by 1, which they never exceed: it is this cell. `flashrnn` bounds n from below by 1, which is another.

The forget bias of a head runs from 5 down to -7 by a power of the unit's number, as in `xlstm`'s first block; other weights
start as U(-1 / sqrt(block), 1 / sqrt(block)). The paper's convolution, normalisation by head and perceptron are those of a
block (`bench.nets.parts.blocks`).
"""

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.cell import Cell
from bench.cells.checks import checked_states
from bench.cells.ranges import in_heads, one_of
from bench.cells.scan import bptt
from bench.cells.scan.deferred import linear
from bench.cells.scan.steps import Rows, Steps, Views, sigmoid_backward, tanh_backward
from bench.cells.state import Kind, Leaf, State, branches, leaf

FORGETS = ("sigmoid", "exponential")
HIGHEST, RANGE, POWER = 5.0, 12.0, 0.3


class SLSTM(Cell):
    """Rows of `weight_ih` and `bias`: i, f, z, o, in blocks of H; `weight_hh`: of each gate and head. State: h, c, n, m."""

    state_leaves = (Leaf("h", Kind.OUTPUT), Leaf("c", Kind.FIXED), Leaf("n", Kind.FIXED), Leaf("m", Kind.FIXED))
    multiple_of = "heads"
    variants = ({}, {"forget": "exponential"}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int, forget: str) -> None:
        super().__init__(input_size, hidden_size)
        width = in_heads(hidden_size, heads)
        self.exponential = one_of("cell.forget", forget, FORGETS) == "exponential"
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4, heads, width, width))
        self.bias = nn.Parameter(torch.zeros(4 * hidden_size))
        nn.init.uniform_(self.weight_ih, -1 / sqrt(hidden_size), 1 / sqrt(hidden_size))
        nn.init.uniform_(self.weight_hh, -1 / sqrt(width), 1 / sqrt(width))
        with torch.no_grad():
            spread = (torch.arange(width) / max(width - 1, 1)) ** POWER
            self.bias[hidden_size : 2 * hidden_size] = (HIGHEST - RANGE * spread).repeat(heads)

    def init_state(self, batch_size: int, like: Tensor) -> State:
        return tuple(like.new_zeros(batch_size, self.hidden_size) for _ in self.state_leaves)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        h_BH, c_BH, n_BH, m_BH = map(leaf, branches(state))
        heads_BAW = h_BH.view(len(h_BH), self.weight_hh.size(1), -1)
        recurrent_BG = torch.einsum("baw,gavw->bgav", heads_BAW, self.weight_hh).flatten(1)
        i_BH, f_BH, z_BH, o_BH = (linear(x_BI, self.weight_ih, self.bias).to(h_BH.dtype) + recurrent_BG).chunk(4, 1)
        kept_BH = m_BH + (f_BH if self.exponential else F.logsigmoid(f_BH))
        m_BH = torch.where(n_BH == 0, i_BH, torch.maximum(i_BH, kept_BH))
        i_BH, f_BH = (i_BH - m_BH).exp(), (kept_BH - m_BH).clamp(max=0).exp()
        c_BH = f_BH * c_BH + i_BH * z_BH.tanh()
        n_BH = f_BH * n_BH + i_BH
        h_BH = o_BH.sigmoid() * c_BH / n_BH
        return h_BH, (h_BH, c_BH, n_BH, m_BH)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        states = checked_states(self, x_BTI, state, lengths_B)
        gates_HH = [torch.block_diag(*gate_AWW) for gate_AWW in self.weight_hh]  # type: ignore[no-untyped-call]
        weights = bptt.Weights(self.weight_ih, self.bias, (torch.cat(gates_HH),))
        steps = _Exponential if self.exponential else _Steps
        return bptt.scan(steps, x_BTI, states=states, weights=weights, lengths_B=lengths_B)


class _Steps(Steps):
    """Gates: all; i, which becomes i'; f, the slope of log f; z; o. Kept: f'; 1 where m is i."""

    blocks = ((0, 4), (0, 1), (1, 2), (2, 3), (3, 4))

    @staticmethod
    def widths(hidden_size: int) -> tuple[int, ...]:
        return (hidden_size, hidden_size)

    def log_gate(self, f: Tensor) -> Tensor:
        """log f, from a copy; `f` becomes its slope."""
        log_f = F.logsigmoid(f)
        f.neg_().sigmoid_()
        return log_f

    def forward(self, rows: Rows) -> None:
        (a, i, f, z, o), (h, c, n, m), (h_after, c_after, n_after, m_after), (shrunk_f, wins) = rows
        self.products[0].add(a, h)
        kept = self.log_gate(f).add_(m)
        wins.copy_((n == 0) | (i >= kept))
        torch.where(wins.bool(), i, kept, out=m_after)
        torch.sub(kept, m_after, out=shrunk_f).clamp_(max=0).exp_()
        i.sub_(m_after).exp_()
        z.tanh_()
        o.sigmoid_()
        torch.mul(shrunk_f, c, out=c_after).addcmul_(i, z)
        torch.addcmul(i, shrunk_f, n, out=n_after)
        torch.mul(o, c_after, out=h_after).div_(n_after)

    def backward(self, rows: Rows, local: Views, errors: Views) -> None:
        (_, i, f, z, o), (_, c, n, _), (h_after, c_after, n_after, _), (shrunk_f, wins) = rows
        (d, d_i, d_f, d_z, d_o), (dh, dc, dn, dm) = local, errors
        over_n = dh / n_after
        torch.mul(over_n, c_after, out=d_o)
        dn.addcmul_(over_n, h_after, value=-1)
        dc.addcmul_(over_n, o)
        sigmoid_backward(d_o, o, grad_input=d_o)
        torch.mul(dc, i, out=d_z)
        tanh_backward(d_z, z, grad_input=d_z)
        torch.addcmul(dn, dc, z, out=d_i).mul_(i)
        torch.mul(dc, c, out=d_f).addcmul_(dn, n).mul_(shrunk_f)
        dm.sub_(d_i).sub_(d_f)
        d_i.addcmul_(dm, wins)
        d_f.add_(dm).addcmul_(dm, wins, value=-1)
        dm.copy_(d_f)
        d_f.mul_(f)
        dc.mul_(shrunk_f)
        dn.mul_(shrunk_f)
        self.products[0].put(dh, d)


class _Exponential(_Steps):
    def log_gate(self, f: Tensor) -> Tensor:
        log_f = f.clone()
        f.fill_(1)
        return log_f
