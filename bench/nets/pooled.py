"""Many inputs to one output: a sequence is read, pooled into one vector, and answered once, by a class or by numbers.

    h = stack(x)      y = W dropout(pool(h_1 .. h_T)) + b

Classes have the cross-entropy of softmax(y) for their loss. Numbers have the squared error, the negative log-likelihood of a
Gaussian of variance 1/2 less a constant. Steps are tokens, which are embedded, or vectors, which the stack reads as they are.
The pooling is in `bench.nets.parts.pooling`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.ranges import at_least_one
from bench.cells.state import State
from bench.errors import Refusal
from bench.nets.parts.dropout import DropoutAtEnds
from bench.nets.parts.pooling import Pooling
from bench.nets.parts.stack import Stack
from bench.nets.roles import Answers
from bench.nets.topology import Topology


class AnsweredBatch(Protocol):
    """Steps in, one answer a row. `inputs_BT`: tokens, or vectors [B, T, I]; `targets_B`: classes, or numbers [B, K]."""

    @property
    def inputs_BT(self) -> Tensor: ...
    @property
    def targets_B(self) -> Tensor: ...
    @property
    def lengths_B(self) -> Tensor | None: ...


@dataclass(frozen=True)
class Ends:
    """What goes in and out: `inputs` is the number of `tokens` there are, or the width of a vector; `outputs` the number of
    classes, or of `numbers`. `season`: steps after which numbers come round, 1 for none."""

    inputs: int
    outputs: int
    tokens: bool
    numbers: bool
    season: int = 1


class Pooled(Answers[AnsweredBatch]):
    """`make_stack(input_size)` builds the stack. `embedding_size` is that of tokens; None: the hidden size."""

    topologies = frozenset({Topology.ONE_ANSWER, Topology.FORECAST})
    embedding: nn.Embedding | None

    def __init__(
        self,
        *,
        make_stack: Callable[[int], Stack],
        ends: Ends,
        embedding_size: int | None,
        pooling: str,
        dropout: DropoutAtEnds,
    ) -> None:
        super().__init__()
        self.numbers = ends.numbers
        width = _width(ends, make_stack, embedding_size)
        self.embedding = nn.Embedding(ends.inputs, width) if ends.tokens else None
        self.stack = make_stack(width)
        self.pooling = Pooling(pooling, width=self.stack.output_size, bidirectional=self.stack.bidirectional)
        self.input_dropout, self.output_dropout = dropout.like(self.stack.dropout)
        self.output = nn.Linear(self.stack.output_size, ends.outputs)
        nn.init.uniform_(self.output.weight, -1 / sqrt(self.stack.output_size), 1 / sqrt(self.stack.output_size))
        nn.init.zeros_(self.output.bias)

    def answers(self, batch: AnsweredBatch) -> Tensor:
        x_BTI = batch.inputs_BT if self.embedding is None else self.embedding(batch.inputs_BT)
        state = self.stack.init_state(len(x_BTI), self.output.weight)
        y_BTH, _ = self.stack.scan(self.input_dropout(x_BTI), state, batch.lengths_B)
        return self.output(self.output_dropout(self.pooling(y_BTH, batch.lengths_B))).float()  # type: ignore[no-any-return]

    def loss(self, batch: AnsweredBatch, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """((the sum over rows in nats, or of squared errors, how many there are), ()): no state goes from batch to batch."""
        answers_BK, targets_B = self.answers(batch), batch.targets_B
        count = torch.tensor(targets_B.numel(), device=targets_B.device)
        if self.numbers:
            return ((answers_BK - targets_B).square().sum(), count), ()
        return (F.cross_entropy(answers_BK, targets_B, reduction="sum"), count), ()


def _width(ends: Ends, make_stack: Callable[[int], Stack], embedding_size: int | None) -> int:
    """What the stack reads a step. The hidden size is asked of a stack without storage, which draws no random number."""
    if not ends.tokens:
        if embedding_size is not None:
            raise Refusal(
                f"net.embedding_size={embedding_size} is refused: the steps of this task are vectors, which need no embedding; "
                "give net.embedding_size=null."
            )
        return ends.inputs
    if embedding_size is not None:
        return at_least_one("net.embedding_size", embedding_size)
    with torch.device("meta"):
        return make_stack(1).hidden_size
