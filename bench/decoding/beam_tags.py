"""Beam search over the tags of a sentence, for a net that reads the tags that it has found: `bench.nets.output_recurrent`.

A width of 1 is a greedy run. All hypotheses of a sentence have as many tags as it has words, so no length is normed.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

import torch
from torch import Tensor

from bench.cells.ranges import at_least_one
from bench.cells.state import State
from bench.decoding.beam import Beam
from bench.decoding.bounds import Bounds
from bench.decoding.kinds import Decoded
from bench.errors import Refusal


class Tagged(Protocol):
    """Sentences, of whose tags the padded length T is known."""

    @property
    def targets_BT(self) -> Tensor: ...


BatchT = TypeVar("BatchT", bound=Tagged)
BatchT_contra = TypeVar("BatchT_contra", contravariant=True)


class TagsInOrder(Protocol[BatchT_contra]):
    """A net that reads the tags that it has found; `tags`: how many different ones there are."""

    @property
    def tags(self) -> int: ...
    def start(self, batch: BatchT_contra) -> State: ...
    def step(self, token_N: Tensor, state: State) -> tuple[Tensor, State]: ...
    def first(self, batch: BatchT_contra) -> Tensor:
        """What stands for the tag before the first word [B]."""

    def bounds(self, batch: BatchT_contra) -> Bounds:
        """One tag a word."""


@dataclass(frozen=True)
class BeamTags:
    """`width` hypotheses a sentence, as many as there are tags where those are fewer; the best `n_best` of them are listed."""

    version = 1
    decodes: ClassVar[Decoded] = Decoded.TAGS_IN_ORDER
    n_best: int
    width: int

    def __post_init__(self) -> None:
        at_least_one("decode.n_best", self.n_best)
        at_least_one("decode.width", self.width)
        if self.n_best > self.width:
            raise Refusal(f"decode.n_best={self.n_best} is refused with decode.width={self.width}: give at most the width.")

    def tag(self, net: TagsInOrder[BatchT], batch: BatchT) -> Tensor:
        """tags_BT of the best sequences found, 0 in the padding."""
        return self._search(net, batch, 1)[0][:, 0]

    def several(self, net: TagsInOrder[BatchT], batch: BatchT) -> tuple[Tensor, Tensor]:
        """(tags_BNT, log_prob_BN) of the best `n_best` found, the best first; -inf where there are fewer."""
        return self._search(net, batch, self.n_best)

    @torch.no_grad()
    def _search(self, net: TagsInOrder[BatchT], batch: BatchT, n: int) -> tuple[Tensor, Tensor]:
        width = min(self.width, net.tags)
        beam = Beam(width=width, length_penalty=0.0, norm="power", n_best=min(n, width), min_length=0)
        generated = beam.generate(net.step, net.start(batch), net.first(batch), net.bounds(batch))
        tags_BNT = torch.zeros(len(generated), n, batch.targets_BT.size(1), dtype=torch.long)
        log_prob_BN = torch.full((len(generated), n), -torch.inf)
        for row, hypotheses in enumerate(generated):
            for rank, hypothesis in enumerate(hypotheses):
                tags_BNT[row, rank, : len(hypothesis.tokens)] = torch.tensor(hypothesis.tokens)
                log_prob_BN[row, rank] = hypothesis.log_prob
        return tags_BNT.to(batch.targets_BT.device), log_prob_BN.to(batch.targets_BT.device)
