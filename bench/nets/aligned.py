"""One prediction a position: a language model (the next token) or a tagger (the token's class).

    e_t = dropout(E[x_t])        h = stack(e)        log p(y_t) = log_softmax(W dropout(h_t) + b)

Tied: W is E itself (Press and Wolf 2016, arXiv:1608.05859; Inan et al. 2016, arXiv:1611.01462), which needs the stack
as wide at its end as at its start, and as many classes as tokens. It is then one parameter, registered once.

At the start W is U(-1/sqrt H, 1/sqrt H) and b is 0, so that the first predictions are nearly uniform: the loss starts near
ln V. E is N(0, 1), since a gated cell that starts from faint inputs learns slowly. A tied E must be as small as W, and is
N(0, 1/I), I the width. It is not scaled up by sqrt I on its way in (Vaswani et al. 2017, arXiv:1706.03762, section 3.4): Adam's
steps would be sqrt I times as large there, which starts faster and ends worse.

A bidirectional stack makes a tagger, never a language model: it would read its answer. The task refuses that, not this.
"""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.ranges import at_least_one
from bench.cells.scan.padding import valid_steps
from bench.cells.state import State
from bench.errors import Refusal
from bench.nets.net import LabelledBatch
from bench.nets.parts.dropout import DropoutAtEnds
from bench.nets.parts.output_layer import linear_cross_entropy
from bench.nets.parts.stack import Stack
from bench.nets.roles import Labels, Writes
from bench.nets.topology import Topology


class Aligned(Writes[LabelledBatch], Labels[LabelledBatch]):
    """`make_stack(input_size)` builds the stack, which reads the embedding; `embedding_size` None: the hidden size.

    `outputs` is the number of classes: `vocabulary_size` for a language model.
    """

    topologies = frozenset({Topology.NEXT_TOKEN, Topology.EACH_STEP})
    output_weight: nn.Parameter | None  # None: tied

    def __init__(
        self,
        *,
        make_stack: Callable[[int], Stack],
        vocabulary_size: int,
        outputs: int,
        embedding_size: int | None,
        tied: bool,
        dropout: DropoutAtEnds,
    ) -> None:
        super().__init__()
        at_least_one("vocabulary_size", vocabulary_size)
        at_least_one("outputs", outputs)
        width = _hidden_size(make_stack) if embedding_size is None else at_least_one("net.embedding_size", embedding_size)
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.stack = make_stack(width)
        self.input_dropout, self.output_dropout = dropout.like(self.stack.dropout)
        if tied:
            _check_tied(self.stack, vocabulary_size, outputs)
        weight_VH = None if tied else nn.Parameter(torch.empty(outputs, self.stack.output_size))
        self.register_parameter("output_weight", weight_VH)
        self.output_bias = nn.Parameter(torch.zeros(outputs))
        nn.init.normal_(self.embedding.weight, 0.0, 1 / sqrt(width) if tied else 1.0)
        if weight_VH is not None:
            nn.init.uniform_(weight_VH, -1 / sqrt(self.stack.output_size), 1 / sqrt(self.stack.output_size))

    def start(self, batch: LabelledBatch) -> State:
        """The state after the inputs of each row; T = 0 gives zeros, the state before a row's first token."""
        zeros = self._zeros(len(batch.inputs_BT))
        return self._scan(batch.inputs_BT, zeros, batch.lengths_B)[1] if batch.inputs_BT.size(1) else zeros

    def scores(self, batch: LabelledBatch) -> Tensor:
        return self.logits(batch.inputs_BT, None, batch.lengths_B)[0]

    def logits(self, inputs_BT: Tensor, state: State | None, lengths_B: Tensor | None = None) -> tuple[Tensor, State]:
        """(logits_BTV, the state after each row's last valid step). A state of None: zeros."""
        before = self._zeros(inputs_BT.size(0)) if state is None else state
        y_BTH, after = self._scan(inputs_BT, before, lengths_B)
        return self._project(y_BTH), after

    def loss(self, batch: LabelledBatch, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        before = self._zeros(batch.inputs_BT.size(0)) if state is None else state
        y_BTH, after = self._scan(batch.inputs_BT, before, batch.lengths_B)
        readout_BTH = self.output_dropout(y_BTH)
        readout_MH, target_M = readout_BTH.flatten(0, 1), batch.targets_BT.flatten()
        if batch.lengths_B is not None:
            readout_MH, target_M = (valid_steps(each, batch.lengths_B) for each in (readout_BTH, batch.targets_BT))
        return (linear_cross_entropy(readout_MH, *self._layer(), target_M), torch.tensor(len(target_M))), after

    def step(self, token_N: Tensor, state: State) -> tuple[Tensor, State]:
        x_NI = self.input_dropout(self.embedding(token_N))
        y_NH, after = self.stack.step(x_NI, state)
        return self._project(y_NH).float().log_softmax(1), after

    def _scan(self, inputs_BT: Tensor, state: State, lengths_B: Tensor | None) -> tuple[Tensor, State]:
        return self.stack.scan(self.input_dropout(self.embedding(inputs_BT)), state, lengths_B)

    def _zeros(self, batch_size: int) -> State:
        return self.stack.init_state(batch_size, self.embedding.weight)

    def _project(self, y: Tensor) -> Tensor:
        return F.linear(self.output_dropout(y), *self._layer())

    def _layer(self) -> tuple[Tensor, Tensor]:
        return self.embedding.weight if self.output_weight is None else self.output_weight, self.output_bias


def _hidden_size(make_stack: Callable[[int], Stack]) -> int:
    """Asked of a stack without storage, which draws no random number and costs no memory."""
    with torch.device("meta"):
        return make_stack(1).hidden_size


def _check_tied(stack: Stack, vocabulary_size: int, outputs: int) -> None:
    if (vocabulary_size, stack.input_size) != (outputs, stack.output_size):
        raise Refusal(
            f"net.tied=true is refused with an embedding of {vocabulary_size} x {stack.input_size} and an output layer "
            f"of {outputs} x {stack.output_size}, which must be equal: make the embedding as wide as the stack's "
            "output (net.embedding_size), or set net.tied=false."
        )
