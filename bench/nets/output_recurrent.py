"""One tag a word, the tag before it read with each word: a link through time from the output to the next hidden state.

    x_t = [features of word t ; one-hot of y_{t-1}]        p(y_t) = softmax(W dropout(h_t) + b)        y_0: all zeros

    hidden   h_t = cell(features_t, h_{t-1})               the tagger as it is; no tag is read
    output   h_t = phi(U x_t + b)                          the only link through time is the tag: Jordan's network
    both     h_t = cell(x_t, h_{t-1})

(Jordan 1986, "Serial order: a parallel distributed processing approach", ICS report 8604; Goodfellow et al. 2016, Deep
Learning, figure 10.4; elsewhere called back projection.) Trained with teacher forcing: the true tag before is read. For
`output` every step is then independent of the others, and all are one product; for the other two only the inputs are known
beforehand. At test the tag that was found is read in place of the true one: greedily here, or by a beam
(`bench.decoding.beam_tags`).

`output` carries to the next step the tag, which was trained to say what this one is, and nothing else that the past may have
told. An Elman cell without its link from the hidden state is a feedforward one,
and is built as that, so that no weight is idle. A gated cell weighs a hidden state that there is not, and is refused.

A language model is no place for this net: its last output is its next input, which it reads anyway.
"""

from collections.abc import Callable, Sequence
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.elman import Elman
from bench.cells.feedforward import Feedforward
from bench.cells.ranges import one_of
from bench.cells.scan.padding import valid_mask
from bench.cells.state import State, branches, leaf
from bench.decoding.bounds import Bounds
from bench.decoding.greedy import Greedy
from bench.decoding.select import PerSource
from bench.errors import Refusal
from bench.nets.net import nll
from bench.nets.parts.dropout import DropoutAtEnds
from bench.nets.parts.inventory import Inventory
from bench.nets.parts.stack import Stack
from bench.nets.parts.word_features import WordFeatures, WordSettings
from bench.nets.roles import Tags, Writes
from bench.nets.tagger import Sentences
from bench.nets.topology import Topology

RECURRENCES = ("hidden", "output", "both")


class OutputRecurrent(Tags[Sentences], Writes[Sentences]):
    """`make_stack(input_size)` builds the stack; `inventory` is the task's. The other arguments are those of the tagger."""

    files = ("vectors",)
    topologies = frozenset({Topology.TAGGED_WORDS})
    reads_its_tags = True

    def __init__(
        self,
        *,
        make_stack: Callable[[int], Stack],
        inventory: Inventory,
        recurrence: str,
        words: WordSettings,
        dropout: DropoutAtEnds,
    ) -> None:
        super().__init__()
        self.reads_tags = one_of("net.recurrence", recurrence, RECURRENCES) != "hidden"
        self.tags = inventory.tags
        self.features = WordFeatures(inventory, words)
        self.stack = make_stack(self.features.size + (self.tags if self.reads_tags else 0))
        _check(self.stack, recurrence)
        if recurrence == "output":
            _forget(self.stack)
        self.input_dropout, self.output_dropout = dropout.like(self.stack.dropout)
        self.output = nn.Linear(self.stack.output_size, self.tags)
        nn.init.uniform_(self.output.weight, -1 / sqrt(self.stack.output_size), 1 / sqrt(self.stack.output_size))
        nn.init.zeros_(self.output.bias)

    def know(self, words: Sequence[str]) -> Sequence[str]:
        return self.features.know(words)

    def scores(self, batch: Sentences) -> Tensor:
        """Logits [B, T, K] with the true tag before each word read."""
        x_BTI = self.input_dropout(self.features(batch))
        if self.reads_tags:
            valid_BT = valid_mask(batch.lengths_B, batch.targets_BT)
            known_BT = batch.targets_BT.masked_fill(~valid_BT, self.tags)
            before_BT = F.pad(known_BT[:, :-1], (1, 0), value=self.tags)
            x_BTI = torch.cat([x_BTI, self._one_hot(before_BT).to(x_BTI.dtype)], 2)
        y_BTH, _ = self.stack.scan(x_BTI, self.stack.init_state(len(x_BTI), self.output.bias), batch.lengths_B)
        logits_BTK: Tensor = self.output(self.output_dropout(y_BTH))
        return logits_BTK

    def loss(self, batch: Sentences, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """((nats summed, count of words), ()): a sentence needs no state of another."""
        return nll(self.scores(batch), batch.targets_BT, batch.lengths_B), ()

    def loss_and_tags(self, batch: Sentences) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """The loss given the true tags, and the tags that are found freely."""
        return self.loss(batch, None)[0], self.tag(batch)

    @torch.no_grad()
    def tag(self, batch: Sentences) -> Tensor:
        """tags_BT, each the likeliest after those found before it; 0 in the padding."""
        if not self.reads_tags:
            valid_BT = valid_mask(batch.lengths_B, batch.targets_BT)
            return self.scores(batch).argmax(2).masked_fill(~valid_BT, 0)
        hypotheses = Greedy().generate(self.step, self.start(batch), self.first(batch), self.bounds(batch))
        rows = [torch.tensor(row[0].tokens) for row in hypotheses]
        tags_BT = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        return F.pad(tags_BT, (0, batch.targets_BT.size(1) - tags_BT.size(1))).to(batch.targets_BT.device)

    def first(self, batch: Sentences) -> Tensor:
        """What stands for the tag before the first word [B]."""
        return torch.full_like(batch.words_BT[:, 0], self.tags)

    def bounds(self, batch: Sentences) -> Bounds:
        """One tag a word."""
        return Bounds(length=batch.lengths_B, eos=None, forbidden=[], generator=None)

    def start(self, batch: Sentences) -> State:
        """The state before the first word: (per sentence the features, the stack's state, the place of the next word)."""
        x_BTI = self.input_dropout(self.features(batch))
        stack = self.stack.init_state(len(x_BTI), self.output.bias)
        return (PerSource((x_BTI,)), stack, torch.zeros_like(batch.words_BT[:, 0]))

    def step(self, token_N: Tensor, state: State) -> tuple[Tensor, State]:
        """(log_prob_NK in float32 of the next word's tags after the tag `token_N`, the next state)."""
        source, stack, position = branches(state)
        assert isinstance(source, PerSource)
        x_BTI, position_N = leaf(source[0]), leaf(position)
        row_N = torch.arange(len(token_N), device=token_N.device) // (len(token_N) // len(x_BTI))
        x_NI = x_BTI[row_N, position_N]
        if self.reads_tags:
            x_NI = torch.cat([x_NI, self._one_hot(token_N).to(x_NI.dtype)], 1)
        h_NH, stack = self.stack.step(x_NI, stack)
        return self.output(self.output_dropout(h_NH)).float().log_softmax(1), (source, stack, position_N + 1)

    def _one_hot(self, tags: Tensor) -> Tensor:
        """[..., K]; all zeros for what stands before the first word."""
        return F.one_hot(tags, self.tags + 1)[..., : self.tags]


def _check(stack: Stack, recurrence: str) -> None:
    """Raises ValueError, one sentence, for a stack that the form has no use for."""
    cell_class = stack.cell_class
    if recurrence != "hidden" and stack.bidirectional:
        raise Refusal(
            f"stack.direction=bidirectional is refused with net.recurrence={recurrence}: the tags after a word are not yet "
            "found; give stack.direction=forward, or net.recurrence=hidden."
        )
    if recurrence == "output" and not issubclass(cell_class, Elman | Feedforward):
        raise Refusal(
            f"net.recurrence=output is refused with a cell of the class {cell_class.__name__}, which weighs a hidden state "
            "that there is not: give cell=elman, elman_relu or feedforward, or net.recurrence=both."
        )
    if recurrence != "output" and not cell_class.has_memory:
        raise Refusal(
            f"net.recurrence={recurrence} is refused with a cell of the class {cell_class.__name__}, which has no hidden "
            "recurrence: give another cell, or net.recurrence=output with cell=feedforward."
        )


def _forget(stack: Stack) -> None:
    """Takes the link from the hidden state out of every layer of Elman cells."""
    for parent in list(stack.modules()):
        for name, cell in list(parent.named_children()):
            if isinstance(cell, Elman):
                setattr(parent, name, Feedforward(cell.input_size, cell.hidden_size, nonlinearity=cell.nonlinearity))
