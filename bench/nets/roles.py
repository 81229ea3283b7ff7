"""What a net can be asked beside its loss: a base class for each way in which tasks use nets.

    Answers   one answer a row                a task of Topology.ONE_ANSWER, FORECAST
    Labels    a label each step               of EACH_STEP
    Frames    the keys of each next frame     of NEXT_FRAME
    Tags      the tags of sentences           of TAGGED_WORDS
    Writes    symbol after symbol             of the others

A net derives from the roles that it has, over the kind of batch that it reads; a task names the role that it needs over its own
batches, such as `Writes[PairBatch]`. A net that needs less of a batch than a task gives fits too.
"""

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from bench.cells.state import State
from bench.nets.net import BatchT_contra, Net


class Answers(Net[BatchT_contra]):
    """One answer a row: a class, or some numbers."""

    whole_series: ClassVar[bool] = False
    """Whether it forecasts from every step before an origin, and not from a window alone."""

    def answers(self, batch: BatchT_contra) -> Tensor:
        """y [B, K] in float32: logits of classes, or numbers."""
        raise NotImplementedError


class Labels(Net[BatchT_contra]):
    """A label each step."""

    def scores(self, batch: BatchT_contra) -> Tensor:
        """Logits of the labels [B, T, K]."""
        raise NotImplementedError


class Frames(Net[BatchT_contra]):
    """Which keys sound in the frame after each step."""

    def frames(self, batch: BatchT_contra) -> Tensor:
        """Logits of the keys [B, T, K] in float32: a key sounds or not, whatever the others do."""
        raise NotImplementedError


class Tags(Net[BatchT_contra]):
    """The tags of sentences, which may depend on each other."""

    def tag(self, batch: BatchT_contra) -> Tensor:
        """tags_BT of the best sequences, 0 in the padding."""
        raise NotImplementedError

    def tag_n_best(self, batch: BatchT_contra, n: int) -> tuple[Tensor, Tensor]:
        """(tags_BNT, log_prob_BN): the n most probable sequences, the best first; -inf where there are fewer.

        Never asked of a net that reads its tags: a beam searches among those.
        """
        raise NotImplementedError

    def loss_and_tags(self, batch: BatchT_contra) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """What `loss` gives for the batch, without a state, and what `tag` does."""
        raise NotImplementedError

    def know(self, words: Sequence[str]) -> Sequence[str]:
        """Those of `words`, which its vocabulary lacks, that it can read from now on: word i is the number i + 1 of a batch's
        `beyond_BT`."""
        return ()

    def transition_scores(self) -> Tensor | None:
        """The score of tag b after tag a [K, K], where that is the same whatever the words; else None."""
        return None


class Writes(Net[BatchT_contra]):
    """Symbol after symbol, each read again: what `bench.decoding` searches and draws with.

    Whatever it must remember travels in the state, a row of which is a row of the batch.
    """

    def start(self, batch: BatchT_contra) -> State:
        """The state before the first symbol is read, of what the batch gives: inputs, and never targets."""
        raise NotImplementedError

    def step(self, token_N: Tensor, state: State) -> tuple[Tensor, State]:
        """(log_prob_NV in float32 of the symbol after `token_N`, the next state)."""
        raise NotImplementedError

    def attention_weights(self, batch: BatchT_contra) -> Tensor | None:
        """What each symbol of the batch's targets looks at in its source [B, T, S]; None without attention."""
        return None
