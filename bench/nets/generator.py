"""No input to many outputs: started by a seed symbol, its own last output is its next input.

    h_t = stack(E[y_{t-1}], h_{t-1})        y_0 = START, h_0 = 0        log p(y_t) from W dropout(h_t) + b

(Goodfellow et al. 2016, Deep Learning, section 10.2.3.) A sequence ends as `bench.nets.parts.stopping` says; the length that
`predicted_length` draws first depends on nothing, and is one distribution. In training the true symbols are read, so that
all steps are one scan.

W and E start as in `bench.nets.aligned`. What a subclass reads beside its own symbols reaches it by `source`, `first` and
`beside`.
"""

from collections.abc import Callable, Mapping
from math import sqrt
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.ranges import at_least_one
from bench.cells.state import State, branches, leaf
from bench.decoding.select import PerSource
from bench.errors import Refusal
from bench.nets.parts.dropout import DropoutAtEnds
from bench.nets.parts.stack import Stack
from bench.nets.parts.stopping import Length, PredictedLength, StoppingRule, Targets, symbols_left
from bench.nets.roles import Writes
from bench.nets.topology import Topology

TargetsT = TypeVar("TargetsT", bound=Targets)


class Generator(Writes[TargetsT]):
    """`make_stack(input_size)` builds a forward stack; `sizes`: vocabulary, start, end."""

    topologies = frozenset({Topology.TEXT})

    def __init__(
        self,
        *,
        make_stack: Callable[[int], Stack],
        sizes: Mapping[str, int],
        embedding_size: int,
        stopping: StoppingRule,
        dropout: DropoutAtEnds,
    ) -> None:
        super().__init__()
        self.embedding_size = at_least_one("net.embedding_size", embedding_size)
        self.start_symbol, self.end_symbol = sizes["start"], sizes["end"]
        self.stack = make_stack(embedding_size)
        if self.stack.bidirectional:
            raise Refusal(
                "stack.direction=bidirectional is refused: a net that reads what it writes has nothing yet to read backwards; "
                "give stack.direction=forward."
            )
        self.input_dropout, self.output_dropout = dropout.like(self.stack.dropout)
        self.embedding = nn.Embedding(sizes["vocabulary"], embedding_size)
        bound = 1 / sqrt(self.stack.output_size)
        self.output_weight = nn.Parameter(torch.empty(sizes["vocabulary"], self.stack.output_size).uniform_(-bound, bound))
        self.output_bias = nn.Parameter(torch.zeros(sizes["vocabulary"]))
        self.stopping = stopping.stopping(
            readout_size=self.stack.output_size,
            summary_size=self.summary_size,
            embedding_size=embedding_size,
            end=self.end_symbol,
        )
        self.longest_text = stopping.longest_text

    @property
    def summary_size(self) -> int:
        """Width of the first part of `source`."""
        return 1

    def source(self, batch: TargetsT) -> PerSource:
        """What is known of each row beside its symbols: here nothing, a constant."""
        return PerSource((self.output_bias.new_ones(len(batch.target_BT), 1),))

    def first(self, source: PerSource) -> State:
        """The stack's state before START is read."""
        return self.stack.init_state(len(leaf(source[0])), self.output_bias)

    def beside(self, x: Tensor, source: PerSource) -> Tensor:
        """What the stack reads for the embedded symbols, x_BTI or x_NI."""
        return x

    def loss(self, batch: TargetsT, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """((nats summed, count of symbols, END among them), ()): a sequence needs no state of another."""
        source, target_BT, lengths_B = self.source(batch), batch.target_BT, batch.target_lengths_B
        x_BTI = self.embedding(F.pad(target_BT[:, :-1], (1, 0), value=self.start_symbol))
        if isinstance(self.stopping, PredictedLength):
            x_BTI = x_BTI + self.stopping.embed(symbols_left(batch))
        h_BTH, _ = self.stack.scan(self.beside(self.input_dropout(x_BTI), source), self.first(source))
        nll = self.stopping.loss(self.output_dropout(h_BTH), self._layer(), batch, smoothing=0.0)
        if isinstance(self.stopping, PredictedLength):
            nll = nll + self.stopping.length_loss(leaf(source[0]), lengths_B - 1)
        return (nll, lengths_B.sum()), ()

    def start(self, batch: TargetsT) -> State:
        """(per source, stack, length left) before START is read; a predicted length is the likeliest."""
        source = self.source(batch)
        length: State = self.stopping.choose(leaf(source[0])) if isinstance(self.stopping, PredictedLength) else ()
        return (source, self.first(source), length)

    def start_by_chance(self, batch: TargetsT, generator: torch.Generator) -> State:
        """As `start`, but a predicted length is drawn."""
        source = self.source(batch)
        length: State = self.stopping.draw(leaf(source[0]), generator) if isinstance(self.stopping, PredictedLength) else ()
        return (source, self.first(source), length)

    def step(self, token_N: Tensor, state: State) -> tuple[Tensor, State]:
        source, rows, length = branches(state)
        assert isinstance(source, PerSource)
        x_NI = self.embedding(token_N)
        remaining_and_log_prob: Length | None = None
        if isinstance(self.stopping, PredictedLength):
            remaining_N, log_prob_N = map(leaf, branches(length))
            remaining_and_log_prob = (remaining_N, log_prob_N)
            x_NI = x_NI + self.stopping.embed(remaining_N)
            length = ((remaining_N - 1).clamp(min=0), log_prob_N)
        h_NH, rows = self.stack.step(self.beside(self.input_dropout(x_NI), source), rows)
        return self.stopping.log_prob(self.output_dropout(h_NH), self._layer(), remaining_and_log_prob), (source, rows, length)

    def _layer(self) -> tuple[Tensor, Tensor]:
        return self.output_weight, self.output_bias
