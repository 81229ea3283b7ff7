"""Layers of a Transformer, with normalisation first as in `bench.nets.parts.blocks`: there is no recurrence in them.

    encoder   u = x + dropout(heads(rms(x), rms(x)))                  over all of the source
              y = u + dropout(W_2 gelu(W_1 rms(u)))
    decoder   u = x + dropout(heads(rms(x), rms(x) so far))
              v = u + dropout(heads(rms(u), memory))                  the memory: the encoder's normalised output
              y = v + dropout(W_2 gelu(W_1 rms(v)))

(Vaswani et al. 2017, arXiv:1706.03762; the order of Xiong et al. 2020, arXiv:2002.04745.) Positions are rotations
(`bench.cells.rotation`) of a sequence's queries and keys of its own; the memory has none beside those.
"""

from torch import Tensor, nn

from bench.cells.rotation import turned
from bench.nets.parts.blocks import Norm, Perceptron
from bench.nets.parts.dropout import Dropout
from bench.nets.parts.heads import Heads, Memory


class SelfAttention(nn.Module):
    """x + dropout(heads(rms(x), ...))."""

    def __init__(self, width: int, heads: int, dropout: Dropout) -> None:
        super().__init__()
        self.norm, self.heads, self.dropout = Norm(width), Heads(width, heads), dropout

    def forward(self, x_BTW: Tensor, seen: Tensor | None, *, causal: bool) -> Tensor:
        normed_BTW = self.norm(x_BTW)
        memory = self._memory(normed_BTW, 0)
        queries = turned(self.heads.queries(normed_BTW), 0)
        added: Tensor = x_BTW + self.dropout(self.heads.attend(queries, memory, seen, causal=causal))
        return added

    def step(self, x_NW: Tensor, before: Memory) -> tuple[Tensor, Memory]:
        """One symbol more, after those whose keys and values are given."""
        position, normed_N1W = before.keys.size(2), self.norm(x_NW).unsqueeze(1)
        memory = before.longer(self._memory(normed_N1W, position))
        queries = turned(self.heads.queries(normed_N1W), position)
        return x_NW + self.dropout(self.heads.attend(queries, memory, None).squeeze(1)), memory

    def _memory(self, normed_BTW: Tensor, first: int) -> Memory:
        keys, values = self.heads.memory(normed_BTW)
        return Memory(turned(keys, first), values)


class EncoderBlock(nn.Module):
    def __init__(self, width: int, heads: int, units: int, dropout: Dropout) -> None:
        super().__init__()
        self.attention, self.perceptron = SelfAttention(width, heads, dropout), Perceptron(width, units, dropout)

    def forward(self, x_BSW: Tensor, valid_BS: Tensor) -> Tensor:
        y_BSW: Tensor = self.perceptron(self.attention(x_BSW, valid_BS[:, None, None], causal=False))
        return y_BSW


class DecoderBlock(nn.Module):
    """Axes: N = B x Q rows of B sources while decoding; Q = T symbols of a target while training."""

    def __init__(self, width: int, heads: int, units: int, dropout: Dropout) -> None:
        super().__init__()
        self.attention, self.dropout = SelfAttention(width, heads, dropout), dropout
        self.source_norm, self.source_heads = Norm(width), Heads(width, heads)
        self.perceptron = Perceptron(width, units, dropout)

    def forward(self, x_BTW: Tensor, source: Memory, valid_BS: Tensor) -> tuple[Tensor, Tensor]:
        """(y_BTW, u_BTW): what comes out, and what looks at the source (`looks`)."""
        u_BTW = self.attention(x_BTW, None, causal=True)
        return self._read(u_BTW, source, valid_BS), u_BTW

    def step(self, x_NW: Tensor, before: Memory, source: Memory, valid_BS: Tensor) -> tuple[Tensor, Memory]:
        u_NW, after = self.attention.step(x_NW, before)
        u_BQW = u_NW.view(valid_BS.size(0), -1, u_NW.size(1))
        return self._read(u_BQW, source, valid_BS).flatten(0, 1), after

    def looks(self, u_BTW: Tensor, source: Memory, valid_BS: Tensor) -> Tensor:
        """How much each symbol attends to each place of its source: [B, T, S]."""
        return self.source_heads.weights(self._asks(u_BTW), source, valid_BS[:, None, None])

    def _read(self, u_BQW: Tensor, source: Memory, valid_BS: Tensor) -> Tensor:
        read_BQW = self.source_heads.attend(self._asks(u_BQW), source, valid_BS[:, None, None])
        y_BQW: Tensor = self.perceptron(u_BQW + self.dropout(read_BQW))
        return y_BQW

    def _asks(self, u_BQW: Tensor) -> Tensor:
        return self.source_heads.queries(self.source_norm(u_BQW))
