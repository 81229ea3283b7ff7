"""mLSTM, of xLSTM: an LSTM whose memory is a matrix, with an exponential input gate and a normaliser.

    C_t = f_t C_{t-1} + i_t k_t v_t'          i_t = exp(w_i x_t + b_i), f_t = sigma(w_f x_t + b_f)          of each head
    n_t = f_t n_{t-1} + i_t k_t               k = W_k x_t / sqrt(K)
    h_t = sigma(W_o x_t + b_o) * C_t' q_t / max(|n_t' q_t|, 1)

Beck et al. 2024, "xLSTM: extended long short-term memory" (arXiv:2405.04517, equations 19 to 27, C transposed), computed as
there: m_t = max(log f_t + m_{t-1}, log i_t), and C and n are kept e^m times smaller, so that 1 becomes e^-m. n is a column of C
beside the values, whose value is always 1. b_f starts evenly from 3 to 6 by heads, b_i N(0, 0.1) (table 2). The paper's
convolution, normalisation by head and projections around it are those of a block (`bench.nets.parts.mixer`).
"""

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.checks import checked_states
from bench.cells.matrix_memory import SMALLEST_LOG, MatrixMemory
from bench.cells.ranges import in_heads
from bench.cells.scan.matrix_memory import Read, remember, remember_all
from bench.cells.scan.padding import valid_mask, without_padding, zero_padding
from bench.cells.state import Kind, Leaf, State, branches, leaf

FORGET_BIASES = (3.0, 6.0)
INPUT_DEVIATION = 0.1
LARGEST_LOG = 80.0  # of e^-m: beyond it nothing that is read is left


class MLSTM(MatrixMemory):
    """Rows of `weight_ih`: q, k, v, o, in blocks of H, then i and f. State: C beside n, [B, A, K, D + 1]; m [B, A]."""

    state_leaves = (Leaf("C", Kind.FIXED), Leaf("m", Kind.FIXED))
    normed = False
    undecayed = ("bias_o", "bias_i", "bias_f")
    variants = ({}, {"heads": 1})

    def __init__(self, input_size: int, hidden_size: int, *, heads: int) -> None:
        in_heads(hidden_size, heads)
        super().__init__(input_size, hidden_size, heads=heads, keys=None, rows=[*[hidden_size] * 4, heads, heads])
        self.bias_o = nn.Parameter(torch.zeros(hidden_size))
        self.bias_i = nn.Parameter(torch.empty(heads).normal_(std=INPUT_DEVIATION))
        self.bias_f = nn.Parameter(torch.linspace(*FORGET_BIASES, heads))

    def init_state(self, batch_size: int, like: Tensor) -> State:
        memory = like.new_zeros(batch_size, self.heads, self.keys, self.values + 1)
        return memory, like.new_zeros(batch_size, self.heads)

    def step(self, x_BI: Tensor, state: State) -> tuple[Tensor, State]:
        C_BAKD, m_BA = map(leaf, branches(state))
        read, i_BA, log_f_BA, gate_BH = self._gates(x_BI, C_BAKD.dtype)
        after_BA = torch.maximum(log_f_BA + m_BA, i_BA)
        scaled = self._scaled(read, (i_BA - after_BA, log_f_BA + m_BA - after_BA))
        o_BAD, C_BAKD = remember(scaled, C_BAKD)
        return self._normalised(o_BAD, after_BA, gate_BH), (C_BAKD, after_BA)

    def scan(self, x_BTI: Tensor, state: State, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        C_BAKD, m_BA = checked_states(self, x_BTI, state, lengths_B)
        read, i_BTA, log_f_BTA, gate_BTH = self._gates(without_padding(x_BTI, lengths_B), C_BAKD.dtype)
        if lengths_B is not None:
            valid_BT1 = valid_mask(lengths_B, x_BTI).unsqueeze(2)
            i_BTA, log_f_BTA = i_BTA.masked_fill(~valid_BT1, -torch.inf), log_f_BTA.masked_fill(~valid_BT1, 0.0)
        with torch.autocast(x_BTI.device.type, enabled=False):
            by_step = []
            for i, log_f in zip(i_BTA.unbind(1), log_f_BTA.unbind(1), strict=True):
                by_step.append(m_BA)
                m_BA = torch.maximum(log_f + m_BA, i)
            before_BTA = torch.stack(by_step, 1)
            after_BTA = torch.cat([before_BTA[:, 1:], m_BA.unsqueeze(1)], 1)
            read = self._scaled(read, (i_BTA - after_BTA, log_f_BTA + before_BTA - after_BTA))
            o_BTAD, C_BAKD = remember_all(read if lengths_B is None else read.silent(lengths_B), C_BAKD)
            y_BTH = self._normalised(o_BTAD, after_BTA, gate_BTH)
        return y_BTH if lengths_B is None else zero_padding(y_BTH, valid_mask(lengths_B, x_BTI)), (C_BAKD, m_BA)

    def _gates(self, x: Tensor, kind: torch.dtype) -> tuple[Read, Tensor, Tensor, Tensor]:
        """(q, k and v; log i and log f; the output gate)."""
        *to_heads, gate, i, f = self.parts(x, kind)
        q, k, v = self.in_heads(*to_heads)
        read = Read(q, k / sqrt(self.keys), torch.cat([v, torch.ones_like(v[..., :1])], -1))
        return read, i + self.bias_i, F.logsigmoid(f + self.bias_f), (gate + self.bias_o).sigmoid()

    def _scaled(self, read: Read, logs: tuple[Tensor, Tensor]) -> Read:
        written, kept = (part.unsqueeze(-1) for part in logs)
        return read._replace(key=read.key * written.exp(), log_decay=kept.clamp(min=SMALLEST_LOG))

    def _normalised(self, o: Tensor, m: Tensor, gate: Tensor) -> Tensor:
        least = (-m).clamp(max=LARGEST_LOG).exp().unsqueeze(-1)
        return gate * (o[..., :-1] / torch.maximum(o[..., -1:].abs(), least)).flatten(-2)
