"""Encoder-decoder: a sequence in, a sequence of another length out (Sutskever et al. 2014, arXiv:1409.3215).

    m_1..m_S = encoder(embed(x_1..x_S))        o_t = decoder(embed(y_{t-1}), m)        log p(y_t) = log_softmax(W o_t + b)

The encoder is a stack of any direction, which frames enter as they are; the decoder a forward stack of its own cell and size,
which sees the source as `bench.nets.parts.decoder` says; the output ends as `bench.nets.parts.stopping` says. While training
it reads the true symbols, or its own at times (`bench.nets.parts.scheduled_sampling`). The output layer is one product over
all valid positions of the batch. Tied: W is the target embedding.

What enters a stack is N(0, 1) at the start, as in `bench.nets.aligned`: from fainter inputs the same net needs several times
the steps. A tied embedding is N(0, 1/I) and scaled by sqrt I, I its width.

Rows never see each other: every result depends on the row's own source and target alone, up to rounding.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.ranges import at_least_one, fraction
from bench.cells.scan.deferred import deferred
from bench.cells.scan.padding import reverse_within
from bench.cells.state import State, branches, leaf
from bench.decoding.select import PerSource
from bench.errors import Refusal
from bench.nets.parts.block_settings import NO_BLOCK, WITHOUT
from bench.nets.parts.decoder import Decoder, SourceAccess, float32
from bench.nets.parts.dropout import DropoutAtEnds
from bench.nets.parts.scheduled_sampling import ScheduledSampling
from bench.nets.parts.stack import Stack
from bench.nets.parts.stopping import PredictedLength, StoppingRule, Targets, symbols_left
from bench.nets.roles import Writes
from bench.nets.topology import Topology
from bench.settings import Nested, Settings


class Sources(Protocol):
    """Ids of sources, or frames [B, S, F]."""

    @property
    def source_BS(self) -> Tensor: ...
    @property
    def source_lengths_B(self) -> Tensor: ...


class Pairs(Sources, Targets, Protocol):
    """Sources with the ids of their targets."""


@dataclass(frozen=True)
class SymbolSettings(Settings):
    """Of the embedded symbols; `tied`: the output layer has the weights of the target embedding."""

    embedding_size: int
    tied: bool

    def __post_init__(self) -> None:
        at_least_one("net.embedding_size", self.embedding_size)

    @property
    def scale(self) -> float:
        """What an embedded target symbol is multiplied by."""
        return sqrt(self.embedding_size) if self.tied else 1.0


@dataclass(frozen=True)
class Teaching(Settings):
    """What is read and aimed at in training alone."""

    label_smoothing: float
    sampling: ScheduledSampling

    def __post_init__(self) -> None:
        fraction("net.label_smoothing", self.label_smoothing)


@dataclass(frozen=True)
class DecoderSettings(Nested):
    """The decoder's stack, as `stack` and `cell` are the encoder's."""

    cell: Mapping[str, Any]
    depth: int
    hidden_size: int
    dropout: float
    dropout_mask: str
    block: str = NO_BLOCK.block
    convolution: int = NO_BLOCK.convolution
    expansion: int = NO_BLOCK.expansion
    mlp: float = NO_BLOCK.mlp

    def __post_init__(self) -> None:
        at_least_one("net.decoder.hidden_size", self.hidden_size)


@dataclass(frozen=True)
class EncoderDecoderSettings(Settings):
    decoder: DecoderSettings
    symbols: SymbolSettings
    source: SourceAccess
    stopping: StoppingRule
    dropout: DropoutAtEnds
    teaching: Teaching


class EncoderDecoder(Writes[Pairs]):
    """`make_stack(input_size)` builds the encoder, `make_decoder(decoder, input_size)` the decoder's stack.

    `sizes`: source_vocabulary, or source_features, the width of a frame; target_vocabulary, start, end.
    """

    topologies = frozenset({Topology.SEQUENCE_TO_TEXT})
    has_context = True
    since: ClassVar[dict[str, Any]] = {"decoder": WITHOUT}

    def __init__(
        self,
        *,
        make_stack: Callable[[int], Stack],
        make_decoder: Callable[[DecoderSettings, int], Stack],
        sizes: Mapping[str, int],
        settings: EncoderDecoderSettings,
    ) -> None:
        super().__init__()
        symbols, source, teaching = settings.symbols, settings.source, settings.teaching
        self.start_symbol, self.end_symbol = sizes["start"], sizes["end"]
        self.reverse_source = source.reverse_source
        self.label_smoothing = teaching.label_smoothing
        self.sampling = teaching.sampling
        self.own_share = 0.0
        features = sizes.get("source_features")
        self.encoder = make_stack(symbols.embedding_size if features is None else features)
        hidden_size = settings.decoder.hidden_size
        readout_size = symbols.embedding_size if symbols.tied and source.attends else hidden_size
        memory_size = self.encoder.output_size
        reads = source.input_size(symbols.embedding_size, memory_size=memory_size, readout_size=readout_size)
        stack = make_decoder(settings.decoder, reads)
        self.input_dropout, dropout = settings.dropout.like(self.encoder.dropout)
        self.decoder = Decoder(self.encoder, stack, source, readout_size=readout_size, dropout=dropout)
        self.scale = symbols.scale
        self.source_embedding: nn.Module = (
            _embedding(sizes["source_vocabulary"], symbols.embedding_size, scale=1.0) if features is None else nn.Identity()
        )
        self.target_embedding = _embedding(sizes["target_vocabulary"], symbols.embedding_size, scale=self.scale)
        if symbols.tied and readout_size != symbols.embedding_size:
            raise Refusal(
                f"net.tied=true is refused with net.attention=none, net.embedding_size={symbols.embedding_size} and "
                f"net.decoder.hidden_size={hidden_size}, which must be equal there: make them equal, or set net.tied=false."
            )
        bound = 1 / sqrt(readout_size)
        weight_VR = torch.empty(sizes["target_vocabulary"], readout_size).uniform_(-bound, bound)
        self.output_weight = None if symbols.tied else nn.Parameter(weight_VR)
        self.output_bias = nn.Parameter(torch.zeros(sizes["target_vocabulary"]))
        self.stopping = settings.stopping.stopping(
            readout_size=readout_size,
            summary_size=memory_size,
            embedding_size=symbols.embedding_size,
            end=self.end_symbol,
        )
        self.longest_text = settings.stopping.longest_text

    def at(self, progress: float) -> None:
        self.own_share = self.sampling.at(progress)

    def loss(self, batch: Pairs, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """In training with label smoothing, and with own symbols where they are scheduled; else the plain likelihood."""
        source, rows = self._encode(batch)
        share = self.own_share if self.training else 0.0
        readout_BTR = self._sampled(batch, source, rows, share) if share else self._forced(batch, source, rows)[0]
        smoothing = self.label_smoothing if self.training else 0.0
        nll = self.stopping.loss(readout_BTR, self._layer(), batch, smoothing=smoothing)
        if isinstance(self.stopping, PredictedLength):
            nll = nll + self.stopping.length_loss(leaf(source[0]), batch.target_lengths_B - 1)
        return (nll, batch.target_lengths_B.sum()), ()

    def attention_weights(self, batch: Pairs) -> Tensor | None:
        """weights_BTS while reading the batch's targets, the source as it was given; None without attention."""
        source, rows = self._encode(batch)
        weights_BTS = self._forced(batch, source, rows)[1]
        if weights_BTS is None or not self.reverse_source:
            return weights_BTS
        return reverse_within(weights_BTS.transpose(1, 2), batch.source_lengths_B).transpose(1, 2)

    def start(self, batch: Sources) -> State:
        """(per source, decoder, what is left of the length) before START is read; a predicted length is the likeliest."""
        source, rows = self._encode(batch)
        length: State = self.stopping.choose(leaf(source[0])) if isinstance(self.stopping, PredictedLength) else ()
        return (source, rows, length)

    def step(self, token_N: Tensor, state: State) -> tuple[Tensor, State]:
        source, rows, length = branches(state)
        assert isinstance(source, PerSource)
        x_NI = self._embed(token_N)
        remaining_and_log_prob: tuple[Tensor, Tensor] | None = None
        if isinstance(self.stopping, PredictedLength):
            remaining_N, log_prob_N = map(leaf, branches(length))
            remaining_and_log_prob = (remaining_N, log_prob_N)
            x_NI = x_NI + self.stopping.embed(remaining_N)
            length = ((remaining_N - 1).clamp(min=0), log_prob_N)
        o_NR, rows, _ = self.decoder.step(self.input_dropout(x_NI), rows, source)
        return self.stopping.log_prob(o_NR, self._layer(), remaining_and_log_prob), (source, rows, length)

    def _encode(self, batch: Sources) -> tuple[PerSource, State]:
        x_BSI, lengths_B = self.source_embedding(batch.source_BS), batch.source_lengths_B
        if self.reverse_source:
            x_BSI = reverse_within(x_BSI, lengths_B)
        x_BSI = self.input_dropout(x_BSI)
        zeros = self.encoder.init_state(len(x_BSI), self.output_bias)
        memory_BSE, last = self.encoder.scan(x_BSI, zeros, lengths_B)
        return self.decoder.read(memory_BSE, lengths_B, last)

    def _forced(self, batch: Pairs, source: PerSource, rows: State) -> tuple[Tensor, Tensor | None]:
        """(readout_BTR, weights_BTS) while reading the true symbols."""
        inputs_BT = F.pad(batch.target_BT[:, :-1], (1, 0), value=self.start_symbol)
        x_BTI = self._embed(inputs_BT)
        if isinstance(self.stopping, PredictedLength):
            x_BTI = x_BTI + self.stopping.embed(symbols_left(batch))
        return self.decoder.unroll(self.input_dropout(x_BTI), rows, source)

    def _sampled(self, batch: Pairs, source: PerSource, rows: State, share: float) -> Tensor:
        """readout_BTR where each symbol read is, with probability `share`, one drawn from the model itself."""
        token_B = torch.full_like(batch.target_BT[:, 0], self.start_symbol)
        remaining_BT = symbols_left(batch)
        outputs = []
        rows, source = float32(rows), PerSource(map(float32, source))
        with deferred(token_B.device.type):
            for position, true_B in enumerate(batch.target_BT.unbind(1)):
                x_BI = self._embed(token_B)
                if isinstance(self.stopping, PredictedLength):
                    x_BI = x_BI + self.stopping.embed(remaining_BT[:, position])
                o_BR, rows, _ = self.decoder.step(self.input_dropout(x_BI), rows, source)
                outputs.append(o_BR)
                own_B = self._draw(o_BR.detach())
                token_B = torch.where(torch.rand(true_B.shape, device=true_B.device) < share, own_B, true_B)
        return torch.stack(outputs, 1)

    @torch.no_grad()
    def _draw(self, o_BR: Tensor) -> Tensor:
        """A word of each row: START and END are no symbols to go on from."""
        logits_BV = F.linear(o_BR, *self._layer()).float()
        logits_BV[:, [self.start_symbol, self.end_symbol]] = -torch.inf
        return torch.multinomial(logits_BV.softmax(1), 1).squeeze(1)

    def _embed(self, tokens: Tensor) -> Tensor:
        embedded: Tensor = self.target_embedding(tokens)
        return embedded if self.scale == 1.0 else embedded * self.scale

    def _layer(self) -> tuple[Tensor, Tensor]:
        return self.target_embedding.weight if self.output_weight is None else self.output_weight, self.output_bias


def _embedding(symbols: int, width: int, *, scale: float) -> nn.Embedding:
    embedding = nn.Embedding(symbols, width)
    nn.init.normal_(embedding.weight, 0.0, 1 / scale)
    return embedding
