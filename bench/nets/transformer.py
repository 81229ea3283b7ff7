"""A Transformer as encoder-decoder: attention alone, the bar for recurrent ones (Vaswani et al. 2017, arXiv:1706.03762).

    m = rms(blocks(embed(x)))      o = rms(blocks(embed(y before), m))      log p(y_t) = log_softmax(W o_t + b)

The blocks are those of `bench.nets.parts.attention_blocks`. Frames enter through a linear map. As in
`bench.nets.encoder_decoder`, embeddings are N(0, 1) where they enter, and a tied one is N(0, 1/W) and scaled by sqrt W. Other
than in the paper: normalisation first and by the root mean square, positions as rotations, GELU.

While decoding, the state holds keys and values of what was written, one symbol longer at each step; those of the source belong
to the source and are never copied for its hypotheses. Rows never see each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.ranges import at_least_one, fraction
from bench.cells.scan.padding import valid_mask
from bench.cells.state import State, branches, leaf
from bench.decoding.select import PerSource
from bench.errors import Refusal
from bench.nets.encoder_decoder import Pairs, Sources
from bench.nets.parts.attention_blocks import DecoderBlock, EncoderBlock
from bench.nets.parts.blocks import Norm
from bench.nets.parts.dropout import Dropout
from bench.nets.parts.heads import Memory
from bench.nets.parts.mixer import weight
from bench.nets.parts.stopping import EndSymbol
from bench.nets.roles import Writes
from bench.nets.topology import Topology
from bench.settings import Settings


@dataclass(frozen=True)
class TransformerSettings(Settings):
    """`depth` blocks on each side, `hidden_size` numbers wide in `heads` parts; a perceptron of `mlp` times the width."""

    depth: int
    hidden_size: int
    heads: int
    mlp: float
    dropout: float
    tied: bool
    label_smoothing: float

    def __post_init__(self) -> None:
        at_least_one("stack.depth", self.depth)
        at_least_one("stack.hidden_size", self.hidden_size)
        fraction("net.label_smoothing", self.label_smoothing)
        if self.units < 1:
            raise Refusal(
                f"net.mlp={self.mlp} is refused: give how many times wider than the net its perceptrons are, such as 4."
            )

    @property
    def units(self) -> int:
        return round(self.mlp * self.hidden_size)


class Transformer(Writes[Pairs]):
    """`sizes`: source_vocabulary, or source_features, the width of a frame; target_vocabulary, start, end. It has no stack and
    no decoder of its own: `make_stack` and `make_decoder` stay unused."""

    topologies = frozenset({Topology.SEQUENCE_TO_TEXT})
    own_layers = True
    multiple_of = "heads"

    def __init__(self, *, make_stack: Any, make_decoder: Any, sizes: Mapping[str, int], settings: TransformerSettings) -> None:
        super().__init__()
        width, heads, units = settings.hidden_size, settings.heads, settings.units
        self.start_symbol, self.label_smoothing = sizes["start"], settings.label_smoothing
        self.scale = sqrt(width) if settings.tied else 1.0
        self.dropout = Dropout("stack.dropout", settings.dropout, "step")
        features = sizes.get("source_features")
        self.source_embedding = nn.Embedding(sizes["source_vocabulary"], width) if features is None else None
        self.source_map = None if features is None else weight(width, features)
        self.target_embedding = nn.Embedding(sizes["target_vocabulary"], width)
        nn.init.normal_(self.target_embedding.weight, 0.0, 1 / self.scale)
        self.encoder = nn.ModuleList(EncoderBlock(width, heads, units, self.dropout) for _ in range(settings.depth))
        self.decoder = nn.ModuleList(DecoderBlock(width, heads, units, self.dropout) for _ in range(settings.depth))
        self.memory_norm, self.last_norm = Norm(width), Norm(width)
        self.output_weight = None if settings.tied else weight(sizes["target_vocabulary"], width)
        self.output_bias = nn.Parameter(torch.zeros(sizes["target_vocabulary"]))
        self.stopping = EndSymbol()

    def loss(self, batch: Pairs, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """In training with label smoothing, else the plain likelihood."""
        smoothing = self.label_smoothing if self.training else 0.0
        x_BTW, _ = self._forced(batch, *self._encode(batch))
        nll = self.stopping.loss(self.last_norm(x_BTW), self._layer(), batch, smoothing=smoothing)
        return (nll, batch.target_lengths_B.sum()), ()

    def attention_weights(self, batch: Pairs) -> Tensor:
        """weights_BTS of the last block, the mean over its heads, while reading the batch's targets."""
        memories, valid_BS = self._encode(batch)
        _, asking_BTW = self._forced(batch, memories, valid_BS)
        return self._blocks[-1].looks(asking_BTW, memories[-1], valid_BS)

    def start(self, batch: Sources) -> State:
        """(the source's keys and values by block and which of its places are valid; those of what was written, of length 0)."""
        memories, valid_BS = self._encode(batch)
        nothing = tuple((keys[:, :, :0], values[:, :, :0]) for keys, values in memories)
        return PerSource((*(tuple(memory) for memory in memories), valid_BS)), nothing

    def step(self, token_N: Tensor, state: State) -> tuple[Tensor, State]:
        source, written = branches(state)
        *memories, valid = branches(source)
        x_NW, after = self._embed(token_N), []
        for block, before, memory in zip(self._blocks, branches(written), memories, strict=True):
            x_NW, longer = block.step(x_NW, _memory(before), _memory(memory), leaf(valid))
            after.append(tuple(longer))
        return self.stopping.log_prob(self.last_norm(x_NW), self._layer(), None), (source, tuple(after))

    def _encode(self, batch: Sources) -> tuple[list[Memory], Tensor]:
        """(the source's keys and values for each block of the decoder, which of its places are valid)."""
        x_BSW = self._entered(batch.source_BS)
        valid_BS = valid_mask(batch.source_lengths_B, x_BSW)
        for block in self.encoder:
            x_BSW = block(x_BSW, valid_BS)
        memory_BSW = self.memory_norm(x_BSW)
        return [block.source_heads.memory(memory_BSW) for block in self._blocks], valid_BS

    def _forced(self, batch: Pairs, memories: list[Memory], valid_BS: Tensor) -> tuple[Tensor, Tensor]:
        """(x_BTW, u_BTW) while reading the true symbols: out of the last block, and what looks at the source in it."""
        x_BTW = self._embed(F.pad(batch.target_BT[:, :-1], (1, 0), value=self.start_symbol))
        asking_BTW = x_BTW
        for block, memory in zip(self._blocks, memories, strict=True):
            x_BTW, asking_BTW = block(x_BTW, memory, valid_BS)
        return x_BTW, asking_BTW

    @property
    def _blocks(self) -> Sequence[DecoderBlock]:
        return cast("Sequence[DecoderBlock]", self.decoder)

    def _entered(self, source: Tensor) -> Tensor:
        if self.source_embedding is not None:
            source = self.source_embedding(source)
        elif self.source_map is not None:
            source = F.linear(source, self.source_map)
        return self.dropout(source)  # type: ignore[no-any-return]

    def _embed(self, tokens: Tensor) -> Tensor:
        embedded: Tensor = self.dropout(self.target_embedding(tokens) * self.scale)
        return embedded

    def _layer(self) -> tuple[Tensor, Tensor]:
        return self.target_embedding.weight if self.output_weight is None else self.output_weight, self.output_bias


def _memory(part: State) -> Memory:
    return Memory(*map(leaf, branches(part)))
