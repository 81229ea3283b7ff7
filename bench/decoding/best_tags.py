"""The best sequences of tags of whole sentences: what a net of one tag a word is decoded by.

The best one is Viterbi's where tags depend on each other (a conditional random field, a hidden Markov model, legal sequences
alone), and each word's best tag where they do not. This is not generation: no tag is fed back.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from torch import Tensor

from bench.decoding.kinds import Decoded
from bench.errors import Refusal

BatchT = TypeVar("BatchT")
BatchT_contra = TypeVar("BatchT_contra", contravariant=True)


class TagsAtOnce(Protocol[BatchT_contra]):
    """A net that knows the best tags of a sentence without reading those that it has found."""

    def tag(self, batch: BatchT_contra) -> Tensor:
        """tags_BT of the best sequences."""

    def tag_n_best(self, batch: BatchT_contra, n: int) -> tuple[Tensor, Tensor]:
        """(tags_BNT, log_prob_BN) of the n best, the best first; -inf where there are fewer."""


@dataclass(frozen=True)
class BestTags:
    """`n_best`: how many sequences a sentence are listed with their probabilities; the best one is what is scored."""

    version = 1
    decodes: ClassVar[Decoded] = Decoded.TAGS
    n_best: int

    def __post_init__(self) -> None:
        if self.n_best < 1:
            raise Refusal(f"decode.n_best={self.n_best} is out of range: give a number of at least 1.")

    def tag(self, net: TagsAtOnce[BatchT], batch: BatchT) -> Tensor:
        """tags_BT of the best sequences."""
        return net.tag(batch)

    def several(self, net: TagsAtOnce[BatchT], batch: BatchT) -> tuple[Tensor, Tensor]:
        """(tags_BNT, log_prob_BN) of the n best, the best first; -inf where there are fewer."""
        return net.tag_n_best(batch, self.n_best)
