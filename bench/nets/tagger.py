"""One tag a word: features of words, a stack over the sentence, an output layer (Huang et al. 2015, arXiv:1508.01991).

    h = stack(dropout(features))        s_t = W dropout(h_t) + b        in R^K, K tags

    softmax       log p(y) = sum_t log softmax(s_t)[y_t]                each word on its own
    constrained   trained as softmax; decoded is the best y in which each tag may follow the one before it
    crf           log p(y) = sum_t (A[y_{t-1}, y_t] + s_t[y_t]) - log Z      (Lafferty et al. 2001; Lample et al. 2016,
                  arXiv:1603.01360, equation 1): `bench.nets.parts.crf`
    logistic      two classes: p(y_t = 1) = sigma(s_t), one unit a word

At the start W is U(-1/sqrt H, 1/sqrt H) and b is 0: the loss starts near ln K a word.

A bidirectional stack is what the papers use; a forward one tags a word before it has read the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bench.cells.scan.padding import valid_mask, valid_steps
from bench.cells.state import State
from bench.decoding.viterbi import Transitions, log_partition, viterbi, viterbi_n_best
from bench.errors import Refusal
from bench.nets.net import nll
from bench.nets.parts.crf import CRF
from bench.nets.parts.dropout import DropoutAtEnds
from bench.nets.parts.inventory import Inventory
from bench.nets.parts.stack import Stack
from bench.nets.parts.word_features import WordFeatures, Words, WordSettings
from bench.nets.roles import Tags
from bench.nets.topology import Topology
from bench.settings import Settings


class Sentences(Words, Protocol):
    """Words with their tags; `targets_BT` may be anything in the padding."""

    @property
    def targets_BT(self) -> Tensor: ...
    @property
    def lengths_B(self) -> Tensor: ...


class Softmax(nn.Module):
    """Each word's tag on its own. Base of the output layers: what the scores of `units` a word mean."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units

    def nll(self, scores_BTK: Tensor, targets_BT: Tensor, lengths_B: Tensor) -> Tensor:
        """Summed over the valid words, in nats."""
        return nll(scores_BTK, targets_BT, lengths_B)[0]

    def best(self, scores_BTK: Tensor, lengths_B: Tensor) -> Tensor:
        """tags_BT of the most probable sequence; anything in the padding."""
        return scores_BTK.argmax(2)

    def chain(self, scores_BTK: Tensor) -> tuple[Tensor, Transitions]:
        """The same distribution over sequences as emissions and transitions, up to a constant a sentence."""
        emissions_BTK = scores_BTK.float().log_softmax(2)
        zeros_K = emissions_BTK.new_zeros(emissions_BTK.size(2))
        return emissions_BTK, Transitions(zeros_K, zeros_K, zeros_K + zeros_K.unsqueeze(1))


class Constrained(Softmax):
    """Trained as `Softmax`; what `allowed` forbids is never decoded."""

    def __init__(self, allowed: Transitions) -> None:
        super().__init__(allowed.start_K.numel())
        for name, part in zip(Transitions._fields, allowed, strict=True):
            forbidden = torch.zeros(part.shape).masked_fill(~part, -torch.inf)
            self.register_buffer(name, forbidden, persistent=False)

    def best(self, scores_BTK: Tensor, lengths_B: Tensor) -> Tensor:
        emissions_BTK, transitions = self.chain(scores_BTK)
        return viterbi(emissions_BTK, lengths_B, transitions)[0]

    def chain(self, scores_BTK: Tensor) -> tuple[Tensor, Transitions]:
        transitions = Transitions(*(self.get_buffer(name) for name in Transitions._fields))
        return scores_BTK.float().log_softmax(2), transitions


class LinearChain(Softmax):
    """A conditional random field over the scores."""

    def __init__(self, units: int, allowed: Transitions | None) -> None:
        super().__init__(units)
        self.crf = CRF(units, allowed=allowed)

    def nll(self, scores_BTK: Tensor, targets_BT: Tensor, lengths_B: Tensor) -> Tensor:
        return self.crf.nll(scores_BTK, targets_BT, lengths_B)

    def best(self, scores_BTK: Tensor, lengths_B: Tensor) -> Tensor:
        return viterbi(scores_BTK, lengths_B, self.crf.scores())[0]

    def chain(self, scores_BTK: Tensor) -> tuple[Tensor, Transitions]:
        return scores_BTK, self.crf.scores()


class Logistic(Softmax):
    """Two classes by one unit: the score is the log odds of class 1."""

    def __init__(self) -> None:
        super().__init__(1)

    def nll(self, scores_BTK: Tensor, targets_BT: Tensor, lengths_B: Tensor) -> Tensor:
        scores_M, targets_M = (valid_steps(each, lengths_B).float() for each in (scores_BTK.squeeze(2), targets_BT))
        return F.binary_cross_entropy_with_logits(scores_M, targets_M, reduction="sum")

    def best(self, scores_BTK: Tensor, lengths_B: Tensor) -> Tensor:
        return (scores_BTK.squeeze(2) > 0).long()

    def chain(self, scores_BTK: Tensor) -> tuple[Tensor, Transitions]:
        return super().chain(F.pad(scores_BTK, (1, 0)))


@dataclass(frozen=True)
class TagSettings(Settings):
    """How tags follow from scores: by a random field (`crf`), or decoded as the scheme allows (`constrained`)."""

    crf: bool
    constrained: bool

    def __post_init__(self) -> None:
        if self.crf and self.constrained:
            raise Refusal(
                "net.crf=true is refused with net.constrained=true, which is decoding without a CRF: set one of them to false."
            )

    def output(self, inventory: Inventory) -> Softmax:
        """The output layer for these tags. Raises Refusal where the tags have no use for the settings."""
        if inventory.logistic and (self.crf or self.constrained):
            raise Refusal(
                f"net.{'crf' if self.crf else 'constrained'}=true is refused with task.labels=binary, where each word is "
                "classified on its own: set it to false."
            )
        if inventory.logistic:
            return Logistic()
        legal = None
        if inventory.allowed is not None:
            legal = Transitions(*(torch.tensor(part, dtype=torch.bool) for part in inventory.allowed))
        if self.crf:
            return LinearChain(inventory.tags, legal)
        if not self.constrained:
            return Softmax(inventory.tags)
        if legal is None:
            raise Refusal("net.constrained=true is refused for tags that may follow each other in any order: set it to false.")
        return Constrained(legal)


class Tagger(Tags[Sentences]):
    """`make_stack(input_size)` builds the stack; `inventory` is the task's.

    `features.coverage` counts the words that `vectors`, a text file, has a vector for.
    """

    files = ("vectors",)
    topologies = frozenset({Topology.TAGGED_WORDS})

    def __init__(
        self,
        *,
        make_stack: Callable[[int], Stack],
        inventory: Inventory,
        words: WordSettings,
        tags: TagSettings,
        dropout: DropoutAtEnds,
    ) -> None:
        super().__init__()
        self.output = tags.output(inventory)
        self.features = WordFeatures(inventory, words)
        self.stack = make_stack(self.features.size)
        self.input_dropout, self.output_dropout = dropout.like(self.stack.dropout)
        bound = 1 / sqrt(self.stack.output_size)
        weight_KH = torch.empty(self.output.units, self.stack.output_size)
        self.output_weight = nn.Parameter(weight_KH.uniform_(-bound, bound))
        self.output_bias = nn.Parameter(torch.zeros(self.output.units))

    def know(self, words: Sequence[str]) -> Sequence[str]:
        return self.features.know(words)

    def scores(self, batch: Sentences) -> Tensor:
        """scores_BTK: what `output` reads."""
        x_BTI = self.input_dropout(self.features(batch))
        y_BTH, _ = self.stack.scan(x_BTI, self.stack.init_state(x_BTI.size(0), self.output_bias), batch.lengths_B)
        return F.linear(self.output_dropout(y_BTH), self.output_weight, self.output_bias)

    def loss(self, batch: Sentences, state: State | None) -> tuple[tuple[Tensor, Tensor], State]:
        """((nats summed, count of words), ()): a sentence needs no state of another."""
        return self._loss(self.scores(batch), batch), ()

    @torch.no_grad()
    def tag(self, batch: Sentences) -> Tensor:
        return self._tags(self.scores(batch), batch)

    def loss_and_tags(self, batch: Sentences) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """Both from one pass."""
        scores_BTK = self.scores(batch)
        return self._loss(scores_BTK, batch), self._tags(scores_BTK.detach(), batch)

    def _loss(self, scores_BTK: Tensor, batch: Sentences) -> tuple[Tensor, Tensor]:
        return self.output.nll(scores_BTK, batch.targets_BT, batch.lengths_B), batch.lengths_B.sum()

    def _tags(self, scores_BTK: Tensor, batch: Sentences) -> Tensor:
        tags_BT = self.output.best(scores_BTK, batch.lengths_B)
        return tags_BT.masked_fill(~valid_mask(batch.lengths_B, tags_BT), 0)

    @torch.no_grad()
    def tag_n_best(self, batch: Sentences, n: int) -> tuple[Tensor, Tensor]:
        """(tags_BNT, log_prob_BN): the n most probable sequences, the best first; -inf where there are fewer.

        Of all sequences that may be decoded: a constrained output's probabilities are those among legal ones.
        """
        emissions_BTK, transitions = self.output.chain(self.scores(batch))
        tags_BNT, score_BN = viterbi_n_best(emissions_BTK, batch.lengths_B, transitions, n)
        log_z_B = log_partition(emissions_BTK, batch.lengths_B, transitions)
        return tags_BNT, score_BN - log_z_B.unsqueeze(1)

    def transition_scores(self) -> Tensor | None:
        """The CRF's score of tag b after tag a [K, K], -inf where that is forbidden; None without a CRF."""
        return self.output.crf.scores().matrix_KK if isinstance(self.output, LinearChain) else None
